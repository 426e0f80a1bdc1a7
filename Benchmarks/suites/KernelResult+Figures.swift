public import Measurement

extension KernelResult.Timing {
  /// The samples of the time in seconds.
  public var samples: Samples { Samples(seconds) }

  /// Instructions that a core retired in a cycle; `nil` where they were not counted.
  public var instructionsPerCycle: Double? {
    guard let instructions = counts[.instructions], let cycles = counts[.cycles], cycles > 0
    else { return nil }
    return instructions / cycles
  }

  /// The rates of a ceiling; `nil` if it was not probed.
  public func ceiling(_ kind: KernelResult.Ceiling.Kind) -> Samples? {
    ceilings.first { $0.kind == kind }.map { Samples($0.ratesPerSecond) }
  }

  /// Bytes per second of plain reads of memory, beside weights that come from there.
  ///
  /// `nil` where nobody looked.
  public func memoryBytesPerSecond(of item: KernelCase) -> Double? {
    guard item.placement == .memory else { return nil }
    return memoryReads.isEmpty ? ceiling(.read)?.median : Samples(memoryReads).median
  }

  /// The peak of the unit that the kernel multiplies with; `nil` if it was not probed.
  public var arithmeticPeak: Samples? {
    ceilings.first { $0.kind.isArithmetic }.map { Samples($0.ratesPerSecond) }
  }

  /// The share of what the machine could do in the same rounds, and which ceiling is the limit.
  ///
  /// The time at the ceilings is the larger of bytes over read bandwidth and operations over the
  /// peak of the kernel's unit; the share is that time over the measured one, round by round.
  public func share(operations: Double) -> (interval: RatioInterval, limit: String)? {
    guard let attainable = secondsAtCeilings(operations: operations),
      let interval = Samples(attainable).ratioOfMedians(to: samples, paired: true)
    else { return nil }
    let compute = arithmeticPeak?.median.map { operations / $0 } ?? 0
    let memory = ceiling(.read)?.median.map { Double(weightBytes) / $0 } ?? 0
    return (interval, compute > memory ? "compute" : "memory")
  }

  /// The time that the ceilings of each round allow, in seconds; `nil` if they were not probed.
  public func secondsAtCeilings(operations: Double) -> [Double]? {
    guard let reads = ceiling(.read)?.values, reads.count == seconds.count else { return nil }
    let memory = reads.map { Double(weightBytes) / $0 }
    guard let peak = arithmeticPeak?.values else { return memory }
    guard peak.count == memory.count else { return nil }
    return zip(memory, peak).map { max($0, operations / $1) }
  }
}

extension KernelCase {
  /// Operations of the product, or of the products with keys and values; one multiply-add is two.
  public var operations: Double {
    guard let heads else { return 2 * Double(rows) * Double(columns) * Double(tokens) }
    return 4 * queryKeyPairs * Double(columns) * Double(heads.queriesPerKey)
  }

  /// Pairs of a query and a key that it sees, of one head: each token sees the tokens up to itself.
  public var queryKeyPairs: Double {
    Double(tokens) * Double(rows - tokens) + Double(tokens) * (Double(tokens) + 1) / 2
  }
}
