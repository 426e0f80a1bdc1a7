public import Measurement

extension KernelResult.Timing {
  /// The samples of the time in seconds.
  public var samples: Samples { Samples(seconds) }

  /// The rates of a ceiling; `nil` if it was not probed.
  public func ceiling(_ kind: KernelResult.Ceiling.Kind) -> Samples? {
    ceilings.first { $0.kind == kind }.map { Samples($0.ratesPerSecond) }
  }

  /// The peak of the unit that the kernel multiplies with; `nil` if it was not probed.
  public var arithmeticPeak: Samples? {
    ceilings.first { $0.kind != .read }.map { Samples($0.ratesPerSecond) }
  }

  /// The share of what the machine could do in the same rounds, and which ceiling is the limit.
  ///
  /// The time at the ceilings is the larger of bytes over read bandwidth and operations over the
  /// peak of the kernel's unit; the share is that time over the measured one, round by round.
  public func share(operations: Double) -> (interval: RatioInterval, limit: String)? {
    guard let reads = ceiling(.read)?.values, reads.count == seconds.count else { return nil }
    let memory = reads.map { Double(weightBytes) / $0 }
    let compute = arithmeticPeak?.values.map { operations / $0 } ?? []
    guard compute.isEmpty || compute.count == memory.count else { return nil }
    let attainable =
      compute.isEmpty ? memory : zip(memory, compute).map { max($0, $1) }
    guard let interval = Samples(attainable).ratioOfMedians(to: samples, paired: true)
    else { return nil }
    let isCompute = (Samples(compute).median ?? 0) > (Samples(memory).median ?? 0)
    return (interval, isCompute ? "compute" : "memory")
  }
}

extension KernelCase {
  /// Operations of the product; one multiply-add is two.
  public var operations: Double { 2 * Double(rows) * Double(columns) * Double(tokens) }
}
