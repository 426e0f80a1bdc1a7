import Kernels
public import Measurement
import QuantizationFormats

/// What to measure so that kernels of a machine can be predicted.
///
/// Shapes follow from the thread count, so that every thread has whole panels and weights that fit
/// its cache; no suite has these shapes.
public struct CalibrationPlan: Sendable {
  /// Inputs of most products.
  static let columns = 3072
  /// Inputs of products that tell what a row costs beside its weights.
  static let fewColumns = 512
  /// Rows of a panel.
  static let panel = 16
  /// Panels for each thread in a product of which the weights are most of the work.
  ///
  /// Many tokens leave no activations in the nearest caches, whatever the rows, but a single panel
  /// does: there must be so many that this counts little.
  static func panels(tokens: Int) -> Int { tokens < 64 ? 24 : 96 }
  /// Panels for each thread where weights come from memory, so that the start of each copy counts little.
  private static let panelsInMemory = 192

  /// The formats of most model files and of their heads.
  private static let quickFormats = [
    "q4_0", "q4_1", "q8_0", "q4_k", "q5_k", "q6_k", "f16", "llm-int8",
  ]

  /// When to stop.
  public let policy: SamplingPolicy
  /// How often cases that were disturbed are measured again.
  public let retries: Int
  /// The cases.
  public let cases: [KernelCase]

  /// A plan for a machine.
  ///
  /// - Parameters:
  ///   - environment: The machine.
  ///   - memoryBytes: Bytes that must be read in turn to come from memory.
  ///   - isQuick: Whether a minute has to do: fewer formats, token counts and samples.
  public init(for environment: EnvironmentRecord, memoryBytes: Int, isQuick: Bool) {
    policy = SamplingPolicy(
      relativePrecision: isQuick ? 0.02 : 0.01, minimumRounds: isQuick ? 7 : 15,
      budgetSeconds: isQuick ? 0.06 : 0.3)
    retries = isQuick ? 0 : 1
    let processors = environment.usableProcessors
    var counts: [Int] = [1]
    if !isQuick { while let last = counts.last, 2 * last < processors { counts.append(2 * last) } }
    if processors > 1 { counts.append(processors) }
    let tokens = isQuick ? [1, 16, 256] : [1, 2, 4, 8, 16, 64, 128, 512]
    // Beyond these, memory no longer shows.
    let tokensFromMemory = isQuick ? [1, 16] : [1, 4, 16, 64]
    let formats = KernelRegistry.formats.map(\.id).filter {
      !isQuick || Self.quickFormats.contains($0)
    }
    cases = counts.flatMap { threads in
      Self.reads(threads, memoryBytes) + Self.lowerPeaks(threads) + [Self.smallest(threads)]
        + formats.flatMap { Self.products($0, tokens, fromMemory: tokensFromMemory, threads) }
    }
  }

  /// The read bandwidth from the first cache to memory.
  private static func reads(_ threads: Int, _ memoryBytes: Int) -> [KernelCase] {
    // Several threads are started anew for each pass, which must not count.
    let pages = threads == 1 ? [6, 64, 256, 1024, 4096] : [128, 256, 1024, 4096]
    var sizes = pages.map { $0 * 4096 * threads }.filter { $0 < memoryBytes }
    sizes += [32 << 20, 128 << 20].filter { $0 < memoryBytes && $0 > sizes[sizes.count - 1] }
    return (sizes + [memoryBytes]).map { bytes in
      KernelCase(
        subject: .ceilings, format: "bytes", rows: max(1, bytes / 4096), columns: 4096, tokens: 1,
        threads: threads, isa: "probe", placement: bytes == memoryBytes ? .memory : .resident)
    }
  }

  /// The arithmetic peaks of instruction sets below the best, whose peaks reads from caches have beside
  /// them.
  private static func lowerPeaks(_ threads: Int) -> [KernelCase] {
    let best = CeilingProbe.name(on: .allowed)
    var names: [String] = []
    for level in ISA.levels where ISA.allowed.isSuperset(of: level.isa) {
      let name = CeilingProbe.name(on: level.isa)
      if name != best, !names.contains(name) { names.append(name) }
    }
    return names.map { name in
      KernelCase(
        subject: .ceilings, format: "registers", rows: threads, columns: 4096, tokens: 1,
        threads: threads, isa: name, placement: .resident)
    }
  }

  /// A product that is too small to take time.
  private static func smallest(_ threads: Int) -> KernelCase {
    KernelCase(
      subject: .matmul, format: "q4_0", rows: panel, columns: 32, tokens: 1, threads: threads,
      isa: KernelRegistry.best(for: .q4_0)?.isa ?? "portable", placement: .resident)
  }

  /// Products with one panel for each thread, with many, with short rows, and with weights in memory.
  ///
  /// The difference of the first two is the time of more rows, the rest that of the activations; the third
  /// divides the time of a row into its weights and what every row costs.
  private static func products(
    _ format: String, _ tokens: [Int], fromMemory: [Int], _ threads: Int
  ) -> [KernelCase] {
    guard let kernel = KernelRegistry.runnable().last(where: { $0.weightFormatID == format })
    else { return [] }
    func product(
      _ panels: Int, _ columns: Int, _ tokens: Int, _ placement: KernelCase.Placement
    ) -> KernelCase {
      KernelCase(
        subject: .matmul, format: format, rows: panels * panel * threads, columns: columns,
        tokens: tokens, threads: threads, isa: kernel.isa, placement: placement)
    }
    let shortPanelsInMemory = panelsInMemory * columns / fewColumns
    return tokens.map { product(1, columns, $0, .resident) }
      + tokens.map { product(panels(tokens: $0), columns, $0, .resident) }
      + tokens.map { product(panels(tokens: $0), fewColumns, $0, .resident) }
      + fromMemory.map { product(panelsInMemory, columns, $0, .memory) }
      + fromMemory.map { product(shortPanelsInMemory, fewColumns, $0, .memory) }
  }
}
