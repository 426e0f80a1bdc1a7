import BenchmarkSuites
import Measurement
import Reports

/// `ridgeline report kernels`: how close kernels come to a machine's ceilings, and to other libraries.
struct KernelReport {
  let results: Results<KernelResult>
  let peers: [PeerMeasurements]

  /// The report.
  var document: Document {
    Document(
      [.heading("Kernels beside the ceilings of \(processor)", level: 1)] + method + ceilings
        + decode + thin + prefill + otherShapes + AttentionTable(results).blocks + comparison
        + disturbances)
  }

  /// Products of weights; attention has a table of its own.
  private var products: [KernelResult] {
    results.entries.map(\.payload).filter { $0.kernelCase.subject != .attention }
  }

  private var processor: String {
    guard let run = results.runs.first else { return "a machine" }
    let processor = run.environment.processor
    return [processor.name, processor.revision].compactMap(\.self).joined(separator: ", ")
  }

  // MARK: How it was made

  private var method: [Document.Block] {
    guard let run = results.runs.first else { return [.paragraph("No results.")] }
    let environment = run.environment
    let isas = Set(results.entries.map(\.payload.kernelCase.isa)).sorted()
    let pages = Set(results.entries.compactMap(\.payload.timing?.pages)).sorted()
    let commits = Set(results.runs.compactMap(\.environment.build.commit)).sorted()
    return [
      .facts([
        .init("machine", results.machines.map { "\($0)" }.joined(separator: "; ")),
        .init("processors", "\(environment.usableProcessors)"),
        .init("system", environment.operatingSystem),
        .init("virtualised by", environment.hypervisor),
        .init("kernels", isas.joined(separator: ", ")),
        .init("pages of the weights", pages.joined(separator: ", ")),
        .init("commit", commits.isEmpty ? "not recorded" : commits.joined(separator: ", ")),
        .init("compilers", "Swift \(environment.build.swift), \(environment.build.c)"),
        .init("results", "\(results.entries.count) in \(results.runs.count) runs"),
      ]),
      .paragraph(
        "Every time is of a whole product: activations are quantized in it, threads are started and"
          + " joined. Weights come from memory: copies larger than the last cache take turns."
          + " Kernel and ceilings are sampled in turn; a share is the time at the ceilings over the"
          + " measured one, as medians of the rounds. The time at the ceilings is the larger of the"
          + " weights' bytes over the bandwidth of a plain read and the operations over the peak of"
          + " the instruction that the kernel multiplies with."),
    ]
  }

  private var ceilings: [Document.Block] {
    let kinds = KernelResult.Ceiling.Kind.allCases
    let bullets = threadCounts.flatMap { threads in
      kinds.compactMap { kind -> String? in
        let rates = results.entries.map(\.payload).filter { $0.kernelCase.threads == threads }
          .compactMap { $0.timing?.ceiling(kind)?.median }
        guard let median = Samples(rates).median, let low = rates.min(), let high = rates.max()
        else { return nil }
        return "\(threads) thread\(threads == 1 ? "" : "s"), \(Self.name(kind)):"
          + " \(Self.giga(median)) (\(Self.giga(low)) to \(Self.giga(high))) G/s"
      }
    }
    return [
      .heading("Ceilings", level: 2),
      .paragraph("Medians over all cases, with the lowest and highest median of a case."),
      .bullets(bullets),
    ]
  }

  private static func name(_ kind: KernelResult.Ceiling.Kind) -> String {
    switch kind {
    case .read: "bytes read from memory"
    case .write: "bytes written to memory"
    case .copy: "bytes read and written by copying memory"
    case .dotProducts: "operations of 8-bit dot products"
    case .fp32: "operations of fp32 multiply-adds"
    case .bf16: "operations of bf16 dot products"
    }
  }

  private static func giga(_ value: Double) -> String {
    let style = QuantityStyle.fixed("", per: 1e9)
    return style.text(value)
  }

  // MARK: Tables

  private var threadCounts: [Int] {
    Set(results.entries.map(\.payload.kernelCase.threads)).sorted()
  }

  /// The shape that every format was measured at: the most frequent.
  private var mainShape: (rows: Int, columns: Int) {
    let shapes = products.map { [$0.kernelCase.rows, $0.kernelCase.columns] }
    let counts = Dictionary(grouping: shapes) { $0 }.mapValues(\.count)
    let most = counts.max { ($0.value, $1.key[0]) < ($1.value, $0.key[0]) }?.key
    return (most?[0] ?? 0, most?[1] ?? 0)
  }

  /// The results of the main shape with so many tokens, by format in the order of the file.
  private func rows(tokens: Int) -> [FormatRow] {
    let shape = mainShape
    let found = products.filter {
      $0.kernelCase.tokens == tokens && $0.kernelCase.rows == shape.rows
        && $0.kernelCase.columns == shape.columns
    }
    var formats: [String] = []
    for result in found where !formats.contains(result.kernelCase.format) {
      formats.append(result.kernelCase.format)
    }
    return formats.map { format in
      let own = found.filter { $0.kernelCase.format == format }
      return FormatRow(
        format: format, one: own.first { $0.kernelCase.threads == 1 },
        all: own.last { $0.kernelCase.threads == threadCounts.last })
    }
  }

  private var decode: [Document.Block] {
    let rows = rows(tokens: 1)
    guard !rows.isEmpty else { return [] }
    let columns: [Column<FormatRow>] =
      [.text("format", key: "format") { $0.format }]
      + FormatRow.columns("1 thread", \.one, \.bytesPerSecond, "GB/s", \.shareOfCeilings)
      + FormatRow.columns("all threads", \.all, \.bytesPerSecond, "GB/s", \.shareOfCeilings)
      + [
        .number("goal", key: "goal", style: .percent, digits: 2) { KernelGoals.decode($0.format) },
        .text("met", key: "met") { $0.met(KernelGoals.decode($0.format), \.shareOfCeilings) },
      ]
    return [
      .heading("Decode: one token, \(shapeText)", level: 2),
      .paragraph("Shares of the ceilings, for one token of the bandwidth of a plain read."),
      .table(Table(columns: columns, rows: rows).grid),
    ]
  }

  private var thin: [Document.Block] {
    [4, 16].flatMap { tokens -> [Document.Block] in
      let rows = rows(tokens: tokens)
      guard !rows.isEmpty else { return [] }
      let goal = { (row: FormatRow) in tokens == 16 ? KernelGoals.thin(row.format) : nil }
      var columns: [Column<FormatRow>] =
        [.text("format", key: "format") { $0.format }]
        + FormatRow.columns("1 thread", \.one, \.operationsPerSecond, "GOP/s", \.shareOfPeak)
        + [
          .number("1 thread, of ceilings", key: "one_of_ceilings", style: .percent) {
            $0.one?.shareOfCeilings
          }
        ]
        + FormatRow.columns("all threads", \.all, \.operationsPerSecond, "GOP/s", \.shareOfPeak)
        + [
          .number("all threads, of ceilings", key: "all_of_ceilings", style: .percent) {
            $0.all?.shareOfCeilings
          }
        ]
      if tokens == 16 {
        columns += [
          .number("goal, of peak", key: "goal", style: .percent, digits: 2, value: goal),
          .text("met", key: "met") { $0.met(goal($0), \.shareOfPeak) },
        ]
      }
      return [
        .heading("Thin products: \(tokens) tokens, \(shapeText)", level: 2),
        .table(Table(columns: columns, rows: rows).grid),
      ]
    }
  }

  private var prefill: [Document.Block] {
    let rows = rows(tokens: 512)
    guard !rows.isEmpty else { return [] }
    let columns: [Column<FormatRow>] =
      [.text("format", key: "format") { $0.format }]
      + FormatRow.columns("1 thread", \.one, \.operationsPerSecond, "GOP/s", \.shareOfPeak)
      + FormatRow.columns("all threads", \.all, \.operationsPerSecond, "GOP/s", \.shareOfPeak)
      + [
        .number("port limit", key: "port_limit", style: .percent, digits: 2) {
          KernelGoals.portLimit($0.format, isa: $0.isa)
        },
        .number("goal", key: "goal", style: .percent, digits: 2) { KernelGoals.prefill($0.format) },
        .text("met", key: "met") { $0.met(KernelGoals.prefill($0.format), \.shareOfPeak) },
      ]
    return [
      .heading("Prefill: 512 tokens, \(shapeText)", level: 2),
      .paragraph(
        "Shares of the peak of the kernel's own unit. The port limit is the share that is left of"
          + " the 8-bit peak where the same ports scale the sums of blocks."),
      .table(Table(columns: columns, rows: rows).grid),
    ]
  }

  private var shapeText: String { "\(mainShape.rows) x \(mainShape.columns)" }

  private var otherShapes: [Document.Block] {
    let shape = mainShape
    let others = products.filter {
      ($0.kernelCase.rows, $0.kernelCase.columns) != (shape.rows, shape.columns)
    }
    guard !others.isEmpty else { return [] }
    let columns: [Column<KernelResult>] = [
      .text("format", key: "format") { $0.kernelCase.format },
      .text("shape", key: "shape") { "\($0.kernelCase.rows) x \($0.kernelCase.columns)" },
      .integer("tokens", key: "tokens", digits: 6) { $0.kernelCase.tokens },
      .integer("threads", key: "threads", digits: 6) { $0.kernelCase.threads },
      .number("GB/s", key: "bytes_per_second", style: .fixed("", per: 1e9)) { $0.bytesPerSecond },
      .number("GOP/s", key: "operations_per_second", style: .fixed("", per: 1e9)) {
        $0.operationsPerSecond
      },
      .number("of peak", key: "of_peak", style: .percent) { $0.shareOfPeak },
      .number("of ceilings", key: "of_ceilings", style: .percent) { $0.shareOfCeilings },
    ]
    return [
      .heading("Other shapes", level: 2), .table(Table(columns: columns, rows: others).grid),
    ]
  }

  private var comparison: [Document.Block] {
    PeerComparisonTable(results: products, peers: peers).blocks
  }

  private var disturbances: [Document.Block] {
    let disturbed = results.entries.map(\.payload).filter { !$0.isSteady }
    guard !disturbed.isEmpty else { return [] }
    let kinds = Dictionary(grouping: disturbed.flatMap(\.advisories), by: \.kind.rawValue)
      .mapValues(\.count).sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return [
      .heading("Disturbances", level: 2),
      .paragraph(
        "\(disturbed.count) of \(results.entries.count) results carry an advisory; shares stay"
          + " comparable because kernel and ceiling were sampled in turn. "
          + kinds.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "."),
    ]
  }
}

/// A format with one thread and with all.
struct FormatRow {
  let format: String
  let one: KernelResult?
  let all: KernelResult?

  var isa: String { (one ?? all)?.kernelCase.isa ?? "" }

  /// Whether both thread counts reach `goal`, or which does; `nil` without a goal.
  func met(_ goal: Double?, _ share: KeyPath<KernelResult, Double?>) -> String? {
    guard let goal else { return nil }
    let reached = [one, all].map { result in (result?[keyPath: share] ?? 0) >= goal }
    switch (reached[0], reached[1]) {
    case (true, true): return "yes"
    case (true, false): return "1 thread"
    case (false, true): return "all threads"
    case (false, false): return "no"
    }
  }

  /// A rate and a share of it for one thread count.
  static func columns(
    _ name: String, _ result: KeyPath<FormatRow, KernelResult?>,
    _ rate: KeyPath<KernelResult, Double?>, _ unit: String,
    _ share: KeyPath<KernelResult, Double?>
  ) -> [Column<FormatRow>] {
    let ceiling = share == \.shareOfPeak ? "of peak" : "of ceiling"
    return [
      .number("\(name), \(unit)", key: "\(name) rate", style: .fixed("", per: 1e9)) {
        $0[keyPath: result]?[keyPath: rate]
      },
      .number(ceiling, key: "\(name) share", style: .percent) {
        $0[keyPath: result]?[keyPath: share]
      },
    ]
  }
}

extension KernelResult {
  /// Bytes of weights per second.
  var bytesPerSecond: Double? {
    timing.flatMap { timing in timing.samples.median.map { Double(timing.weightBytes) / $0 } }
  }

  /// Operations per second.
  var operationsPerSecond: Double? {
    timing?.samples.median.map { kernelCase.operations / $0 }
  }

  /// The share of the peak of the kernel's unit.
  var shareOfPeak: Double? {
    guard let rate = operationsPerSecond, let peak = timing?.arithmeticPeak?.median else {
      return nil
    }
    return rate / peak
  }

  /// The share of what bandwidth and arithmetic allow together.
  var shareOfCeilings: Double? { share?.interval.ratio }
}
