public import Kernels
public import Measurement
import QuantizationFormats

/// Measures the cases of kernel suites on this machine.
///
/// Kernel and ceilings are sampled in turn, so that a noisy neighbour hits both.
public final class KernelRunner {
  /// A round lasts at least this long.
  ///
  /// After the probe of arithmetic, memory takes a few milliseconds to get back to speed.
  private var roundSeconds: Double { probesCeilings ? 0.02 : 0.005 }

  let policy: SamplingPolicy
  private let processors: Int
  /// Bytes that must be read in turn to come from memory.
  let memoryBytes: Int
  private let isPinning: Bool
  private let probesCeilings: Bool
  let isa: ISA

  private var copies: (key: String, copies: WeightCopies)?
  /// Memory that the copies of one case after another fill.
  private var arena: MatrixArena?
  private var pool: ThreadPool?
  var probe: (bytes: Int, probe: CeilingProbe)?
  private var highestClock = 0.0
  private var watched: [Int: CoreShare] = [:]

  /// A runner for this machine.
  ///
  /// - Parameters:
  ///   - policy: When there are enough samples.
  ///   - environment: The machine, for its caches and processors.
  ///   - isPinning: Whether threads are kept on processors of their own.
  ///   - probesCeilings: Whether ceilings are probed beside every product, in the same rounds. Reading
  ///     memory is in any case, where weights come from there: no figure changes as much meanwhile.
  ///   - isa: What kernels and probes may use.
  public init(
    _ policy: SamplingPolicy, on environment: EnvironmentRecord, isPinning: Bool = true,
    probesCeilings: Bool = true, isa: ISA = .allowed
  ) {
    self.policy = policy
    self.isPinning = isPinning
    self.probesCeilings = probesCeilings
    self.isa = isa
    processors = environment.usableProcessors
    memoryBytes = Self.bytesBeyondCaches(of: environment)
  }

  /// Bytes that must be read in turn to come from memory: twice the last-level cache, as far as
  /// memory allows without crowding others out.
  public static func bytesBeyondCaches(of environment: EnvironmentRecord) -> Int {
    let cache = environment.processor.lastLevelCacheBytes ?? 32 << 20
    // Not what is free at the moment, so that every run reads as much.
    let total = environment.memory.totalBytes ?? 4 << 30
    return min(max(2 * cache, 128 << 20), max(total / 8, 64 << 20))
  }

  deinit { Affinity.unpin() }

  /// Measures one case.
  ///
  /// - Parameters:
  ///   - item: A case that was expanded for this machine.
  ///   - isCancelled: Asked between rounds.
  /// - Returns: The result; `nil` if it was cancelled before there were enough samples to tell.
  /// - Throws: `MatrixError` or ``SuiteError`` for a case that cannot run here.
  public func run(
    _ item: KernelCase, isCancelled: () -> Bool = { false }
  ) throws -> KernelResult? {
    switch item.subject {
    case .ceilings: return try timeCeilings(item, isCancelled)
    case .attention: return try time(item, try attention(item), isCancelled)
    case .matmul, .error: break
    }
    guard let measured = MeasuredFormat(id: item.format),
      let way = measured.way(named: item.isa, on: isa)
    else { throw SuiteError(description: "\(item.key): no such kernel runs here") }
    guard item.subject == .matmul else {
      let loss = try FormatLoss(of: measured, way, item).loss()
      return KernelResult(kernelCase: item, timing: nil, loss: loss, advisories: [])
    }
    let weights = try weights(for: item, measured)
    let workload = Workload(
      item, measured, way, weights, on: pool(threads: item.threads).0, isa: isa)
    return try time(item, workload, isCancelled)
  }

  private func time(
    _ item: KernelCase, _ workload: Workload, _ isCancelled: () -> Bool
  ) throws -> KernelResult? {
    let (pool, isPinned) = pool(threads: item.threads)
    func run(_ count: Int) throws -> Double {
      try MonotonicClock.time { for _ in 0..<count { try workload.run() } }
    }
    // Twice: the first run also makes room for the activations.
    _ = try run(1)
    let once = try run(1)
    let products = max(1, min(1_000_000, Int((roundSeconds / max(once, 1e-9)).rounded(.up))))
    let ceilings = probesCeilings ? ceilings(for: item, workload, pool) : []
    let memory = probesCeilings ? nil : memory(for: item, pool)

    let subjects: [() throws -> Double] =
      [{ try run(products) / Double(products) }] + ceilings.map { $0.sample }
      + (memory.map { [$0.sample] } ?? [])
    guard let sampled = try sample(subjects, threads: item.threads, isCancelled) else {
      return nil
    }
    let samples = sampled.outcome.samples
    // In a round of its own: counters must be read, which takes time.
    let counts = try HardwareCounters.count(onEveryThread: { pool.run($0) }) {
      _ = try run(products)
    }
    return KernelResult(
      kernelCase: item,
      timing: KernelResult.Timing(
        seconds: samples[0].values, disturbedSeconds: sampled.outcome.disturbed.values,
        startSeconds: sampled.startSeconds, productsPerRound: products,
        weightBytes: workload.bytes,
        ceilings: zip(ceilings, samples.dropFirst()).map { ceiling, samples in
          KernelResult.Ceiling(
            kind: ceiling.kind, pattern: ceiling.pattern, ratesPerSecond: samples.values)
        },
        memoryReads: memory == nil ? [] : samples[samples.count - 1].values,
        counts: counts.mapValues { $0 / Double(products) },
        pages: "\(workload.pages)", isPinned: isPinned),
      loss: nil, advisories: sampled.advisories)
  }

  /// What sampling a case gave.
  struct Sampled {
    let outcome: InterleavedSampler.Outcome
    /// The median of the seconds that starting a job on all threads took; `nil` with one thread.
    let startSeconds: Double?
    /// What speaks against the samples of the first subject.
    let advisories: [Advisory]
  }

  /// The samples of all subjects; `nil` if cancelled.
  func sample(
    _ subjects: [() throws -> Double], threads: Int, _ isCancelled: () -> Bool
  ) throws -> Sampled? {
    let (pool, _) = pool(threads: threads)
    let cores = cores(threads: threads)
    cores.settle()
    var starts = Samples()
    var disturbances = CoreShare.Disturbances()
    func look() -> Bool {
      let isQuiet = cores.look { pool.run($0) }
      starts.append(cores.startSeconds)
      disturbances.count(cores)
      return isQuiet
    }
    let sampler = InterleavedSampler(policy, isQuiet: look)
    let clockBefore = clock()
    let before = LoadSnapshot.now()
    let outcome = try sampler.sample(subjects, isCancelled: isCancelled)
    let load = LoadChange(from: before, to: .now(), processors: processors)
    let clockShare = min(clockBefore, clock()) / highestClock
    guard !isCancelled(), outcome.samples[0].count >= policy.minimumRounds else { return nil }
    let disturbed = disturbances.split(outcome.isDisturbed ? outcome.disturbedShare : nil)
    let circumstances = NoiseJudge.Circumstances(
      load: load, threads: threads, processors: processors, clockShare: clockShare,
      sharedCoreShare: disturbed.shared, movedShare: disturbed.moved,
      wantedPrecision: policy.relativePrecision)
    return Sampled(
      outcome: outcome, startSeconds: threads > 1 ? starts.median : nil,
      advisories: NoiseJudge().advisories(for: outcome.samples[0], under: circumstances))
  }

  /// What watches the cores of so many threads; kept, because it compares with the best it has seen.
  private func cores(threads: Int) -> CoreShare {
    if let known = watched[threads] { return known }
    let cores = CoreShare(threads: threads)
    let (pool, _) = pool(threads: threads)
    cores.learn { pool.run($0) }
    watched[threads] = cores
    return cores
  }

  private func weights(
    for item: KernelCase, _ measured: MeasuredFormat
  ) throws -> WeightCopies {
    let key = "\(item.format) \(item.rows)x\(item.columns) \(item.placement.rawValue)"
    if let copies, copies.key == key { return copies.copies }
    copies = nil
    let isResident = item.placement == .resident
    if !isResident {
      arena = arena ?? MatrixArena(slabBytes: memoryBytes + memoryBytes / 8)
      arena?.restart()
    }
    let made = try WeightCopies(
      of: measured, rows: item.rows, columns: item.columns,
      filling: isResident ? 0 : memoryBytes, least: isResident ? 1 : 2,
      in: isResident ? nil : arena)
    copies = (key, made)
    return made
  }

  private func attention(_ item: KernelCase) throws -> Workload {
    let levels = ISA.levels.map(\.isa).filter { isa.isSuperset(of: $0) } + [isa]
    guard let level = levels.last(where: { TransformerISA.best(on: $0) == item.isa }) else {
      throw SuiteError(description: "\(item.key): no such kernel runs here")
    }
    let isResident = item.placement == .resident
    let (pool, _) = pool(threads: item.threads)
    // Not both at once: each may fill a good part of memory.
    copies = nil
    arena = nil
    let caches = try CacheCopies(
      for: item, pool, filling: isResident ? 0 : memoryBytes, least: isResident ? 1 : 2)
    return try Workload(item, caches, on: pool, isa: level)
  }

  /// A pool of so many threads, pinned if the system allows.
  func pool(threads: Int) -> (ThreadPool, isPinned: Bool) {
    if pool?.threads != threads {
      Affinity.unpin()
      pool = ThreadPool(threads: threads)
    }
    let pool = pool ?? ThreadPool(threads: threads)
    guard isPinning, threads <= processors else { return (pool, false) }
    let pinned = PinnedThreads(count: threads)
    pool.run { share in pinned.pin(share) }
    return (pool, pinned.all)
  }

  private func clock() -> Double {
    let clock = CoreClock.estimateHertz()
    highestClock = max(highestClock, clock)
    return clock
  }
}
