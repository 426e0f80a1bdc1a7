import Kernels
import Measurement

extension KernelRunner {
  /// A ceiling as a subject of the sampler.
  struct CeilingSubject {
    let kind: KernelResult.Ceiling.Kind
    let pattern: String
    let sample: () -> Double
  }

  private static let prefetchDistances = [0, 4096]

  /// The ceilings that `workload` is judged against.
  func ceilings(
    for item: KernelCase, _ workload: Workload, _ pool: ThreadPool
  ) -> [CeilingSubject] {
    let bytes =
      item.placement == .memory ? memoryBytes : max(4096 * pool.threads, workload.bytes)
    let probe = probe(bytes: bytes)
    return [read(probe, bytes, pool), peak(workload.unit, probe, pool)].compactMap(\.self)
  }

  /// Reading memory, where the weights of a product come from there.
  func memory(for item: KernelCase, _ pool: ThreadPool) -> CeilingSubject? {
    guard item.placement == .memory else { return nil }
    return read(probe(bytes: memoryBytes), memoryBytes, pool)
  }

  /// Bytes per second of so many plain reads of memory, for what is measured without this runner.
  public func memoryReads(threads: Int, count: Int) -> [Double] {
    let (pool, _) = pool(threads: threads)
    let read = read(probe(bytes: memoryBytes), memoryBytes, pool)
    return (0..<count).map { _ in read.sample() }
  }

  /// Times reading the case's bytes, and the arithmetic peaks where the bytes are few.
  func timeCeilings(_ item: KernelCase, _ isCancelled: () -> Bool) throws -> KernelResult? {
    let bytes = item.rows * item.columns
    let probe = try probe(of: item, bytes: bytes)
    let (pool, isPinned) = pool(threads: item.threads)
    let read = read(probe, bytes, pool)
    var peaks: [CeilingSubject] = []
    if bytes <= 1 << 20 {
      peaks = ArithmeticUnit.allCases.compactMap { peak($0, probe, pool) }
    }
    // Writing and copying memory, beside reading it.
    if item.placement == .memory { peaks += transfers(probe, pool) }
    let subjects: [() throws -> Double] =
      [{ Double(bytes) / read.sample() }] + peaks.map(\.sample)
    guard let sampled = try sample(subjects, threads: item.threads, isCancelled) else {
      return nil
    }
    let samples = sampled.outcome.samples
    let rates = samples[0].values.map { Double(bytes) / $0 }
    return KernelResult(
      kernelCase: item,
      timing: KernelResult.Timing(
        seconds: samples[0].values, startSeconds: sampled.startSeconds, productsPerRound: 1,
        weightBytes: bytes,
        ceilings: [
          KernelResult.Ceiling(kind: .read, pattern: read.pattern, ratesPerSecond: rates)
        ]
          + zip(peaks, samples.dropFirst()).map { peak, samples in
            KernelResult.Ceiling(
              kind: peak.kind, pattern: peak.pattern, ratesPerSecond: samples.values)
          },
        pages: "probe", isPinned: isPinned),
      loss: nil, advisories: sampled.advisories)
  }

  private func transfers(_ probe: CeilingProbe, _ pool: ThreadPool) -> [CeilingSubject] {
    func subject(
      _ kind: KernelResult.Ceiling.Kind, _ function: String, _ transfer: @escaping () -> Int
    ) -> CeilingSubject {
      CeilingSubject(kind: kind, pattern: "\(function) of the C library") {
        var bytes = 0
        let seconds = MonotonicClock.time { bytes = transfer() }
        return Double(bytes) / seconds
      }
    }
    return [
      subject(.write, "memset") { probe.write(on: pool) },
      subject(.copy, "memcpy") { probe.copy(on: pool) },
    ]
  }

  /// What one sample reads of more memory than that: enough to take milliseconds.
  private static let partBytes = 64 << 20

  /// Reading in order, prefetching or not, whichever is faster.
  private func read(_ probe: CeilingProbe, _ bytes: Int, _ pool: ThreadPool) -> CeilingSubject {
    let parts = max(1, bytes / Self.partBytes)
    var part = 0
    let read = { (ahead: Int, passes: Int) -> Double in
      var bytes = 0
      let seconds = MonotonicClock.time {
        for _ in 0..<passes {
          bytes += probe.read(on: pool, prefetching: ahead, part: part, of: parts)
          part = (part + 1) % parts
        }
      }
      return Double(bytes) / seconds
    }
    let passes = max(1, min(100_000, Int(2e7) / max(1, bytes)))
    // The first pass warms up.
    let rates = Self.prefetchDistances.map { ahead in
      _ = read(ahead, passes)
      return read(ahead, passes)
    }
    let ahead = rates[1] > rates[0] ? Self.prefetchDistances[1] : Self.prefetchDistances[0]
    let pattern = "\(probe.name), in order"
    return CeilingSubject(
      kind: .read,
      pattern: ahead > 0 ? pattern + ", prefetching \(ahead) bytes ahead" : pattern,
      sample: { read(ahead, passes) })
  }

  private func peak(
    _ unit: ArithmeticUnit, _ probe: CeilingProbe, _ pool: ThreadPool
  ) -> CeilingSubject? {
    guard probe.measures(unit) else { return nil }
    return CeilingSubject(kind: KernelResult.Ceiling.Kind(unit), pattern: probe.name) {
      var operations = 0.0
      let seconds = MonotonicClock.time {
        operations = probe.operations(of: unit, iterations: 200_000, on: pool)
      }
      return operations / seconds
    }
  }

  /// The probe of the instruction set that `item` names; of the best where it names none.
  private func probe(of item: KernelCase, bytes: Int) throws -> CeilingProbe {
    guard item.isa != "probe" else { return probe(bytes: bytes) }
    let levels = ISA.levels.map(\.isa).filter { isa.isSuperset(of: $0) }
    guard let level = levels.last(where: { CeilingProbe.name(on: $0) == item.isa }) else {
      throw SuiteError(description: "\(item.key): no such instruction set runs here")
    }
    return CeilingProbe(isa: level, bytes: bytes)
  }

  private func probe(bytes: Int) -> CeilingProbe {
    if let probe, probe.bytes == bytes { return probe.probe }
    probe = nil
    let made = CeilingProbe(isa: isa, bytes: bytes)
    probe = (bytes, made)
    return made
  }
}

extension KernelResult.Ceiling.Kind {
  /// The ceiling that a unit sets.
  fileprivate init(_ unit: ArithmeticUnit) {
    switch unit {
    case .int8DotProduct: self = .dotProducts
    case .fp32MultiplyAdd: self = .fp32
    case .bf16DotProduct: self = .bf16
    }
  }
}
