public import HardwareProfiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Predicts the time of single kernels from what calibration measured of a machine.
///
/// A product takes the time of starting it, plus that of going over its rows and their weights. With
/// weights in memory that is what the format's kernel needs for a byte from there at so many tokens: how
/// far reading and multiplying overlap is measured. Memory of a virtual machine is not constant: the
/// predictor can be told what plain reads reach at the moment. Where a whole working set stays in a cache further out
/// than the core's own, bytes come faster than from memory by as much as plain reads do. A single product
/// from a cache takes the larger of reading at its bandwidth and multiplying at the rate of the kernel
/// with weights in the core's own cache.
public struct KernelPredictor: Sendable {
  private let ceilings: HardwareProfile.KernelCeilings
  /// What plain reads of memory reach at the moment, with as many threads as the work has; `nil` for
  /// what they reached in calibration.
  public var memoryBytesPerSecond: Double?

  /// A predictor for the machine of `profile`; `nil` if it was not calibrated.
  ///
  /// - Parameters:
  ///   - profile: A calibrated machine.
  ///   - memoryBytesPerSecond: What plain reads of memory reach at the moment, with as many threads as
  ///     the work has; `nil` for what they reached in calibration.
  public init?(_ profile: HardwareProfile, readingMemoryAt memoryBytesPerSecond: Double? = nil) {
    guard let kernels = profile.kernels else { return nil }
    ceilings = kernels
    self.memoryBytesPerSecond = memoryBytesPerSecond
  }

  /// The time in seconds; `nil` where calibration has no figure for format, instruction set or
  /// thread count.
  public func seconds(for work: KernelWork) -> Double? {
    guard let multiply = multiplySeconds(for: work), let start = startSeconds(for: work) else {
      return nil
    }
    if work.isFromMemory || work.workingSetBytes != nil {
      return streamSeconds(work, multiply: multiply).map { start + max($0, multiply) }
    }
    return readSeconds(work).map { start + max($0, multiply) }
  }

  /// Waking the threads and quantizing the activations.
  public func startSeconds(for work: KernelWork) -> Double? {
    guard let dispatch = ceilings.dispatch.first(where: { $0.threads == work.threads }),
      let perColumn = atTokens(of: work, { $0.secondsPerColumn })
    else { return nil }
    return dispatch.seconds + perColumn * Double(work.columns)
  }

  /// Going over weights from memory, with all tokens.
  ///
  /// Linear in the tokens between measured counts. Beyond the last, what memory adds to multiplying
  /// stays as it is there. From a cache that holds the working set, bytes come faster.
  private func streamSeconds(_ work: KernelWork, multiply: Double) -> Double? {
    let gain = cacheGain(work)
    let points = ceilings.streams.filter {
      $0.format == work.format && $0.isa == work.isa && $0.threads == work.threads
    }.map { stream in
      let seconds =
        work.weightBytes / (stream.bytesPerSecond * gain)
        + Double(work.rows) * stream.secondsPerRow
      return (x: Double(stream.tokens), y: atPresent(seconds, stream, work, gain: gain))
    }
    guard let last = points.max(by: { $0.x < $1.x }) else { return nil }
    guard Double(work.tokens) > last.x else {
      return Self.interpolate(points, at: Double(work.tokens))
    }
    var fewer = work
    fewer.tokens = Int(last.x)
    return multiplySeconds(for: fewer).map { multiply + max(0, last.y - $0) }
  }

  /// What going over weights from memory takes while plain reads are as fast as they are now, not as
  /// they were beside the calibration of `stream`.
  ///
  /// How far reading and multiplying hide each other is what the calibrated time says.
  private func atPresent(
    _ seconds: Double, _ stream: HardwareProfile.KernelCeilings.Stream, _ work: KernelWork,
    gain: Double
  ) -> Double {
    var calibrated = work
    calibrated.tokens = stream.tokens
    guard let then = stream.readBytesPerSecond,
      let now = memoryBytesPerSecond ?? memoryRead(work.threads)?.bytesPerSecond,
      let multiply = multiplySeconds(for: calibrated), multiply > 0
    else { return seconds }
    let (before, after) = (work.weightBytes / (then * gain), work.weightBytes / (now * gain))
    return Overlap(of: before, multiply, taking: seconds).seconds(of: after, multiply)
  }

  /// How much faster the working set is read than memory; 1 where it exceeds the caches.
  private func cacheGain(_ work: KernelWork) -> Double {
    let reads = ceilings.reads.filter { $0.threads == work.threads }
    guard !work.isFromMemory, let bytes = work.workingSetBytes,
      let memory = memoryRead(work.threads),
      let bandwidth = Self.interpolate(
        reads.map { (log($0.workingSetBytes), $0.bytesPerSecond) }, at: log(bytes))
    else { return 1 }
    return max(1, bandwidth / memory.bytesPerSecond)
  }

  /// The calibrated read of the largest working set, which comes from memory.
  private func memoryRead(_ threads: Int) -> HardwareProfile.KernelCeilings.Read? {
    ceilings.reads.filter { $0.threads == threads }
      .max { $0.workingSetBytes < $1.workingSetBytes }
  }

  /// Reading the weights once from caches, at the read bandwidth of a working set of that size.
  private func readSeconds(_ work: KernelWork) -> Double? {
    let reads = ceilings.reads.filter { $0.threads == work.threads }
    let bandwidth = Self.interpolate(
      reads.map { (log($0.workingSetBytes), $0.bytesPerSecond) },
      at: log(work.weightBytes))
    return bandwidth.map { work.weightBytes / $0 }
  }

  /// Multiplying the weights with all tokens, at the pace of the thread with the most panels of 16
  /// rows.
  public func multiplySeconds(for work: KernelWork) -> Double? {
    let panels = (work.rows + 15) / 16
    let most = (panels + work.threads - 1) / work.threads
    let rows = Double(most * work.threads * 16)
    return atTokens(of: work) {
      rows * ($0.secondsPerRow + Double(work.columns) / $0.weightsPerSecond)
    }
  }

  /// A time of the format's rates, linear in the tokens between calibrated counts.
  ///
  /// A part is paid once and a part for each token. Beyond the last count every token costs the
  /// same.
  private func atTokens(
    of work: KernelWork, _ value: (HardwareProfile.KernelCeilings.Rate) -> Double
  ) -> Double? {
    let points = ceilings.rates.filter {
      $0.format == work.format && $0.isa == work.isa && $0.threads == work.threads
    }.map { (x: Double($0.tokens), y: value($0)) }
    let tokens = Double(work.tokens)
    guard let last = points.max(by: { $0.x < $1.x }) else { return nil }
    return tokens > last.x ? last.y * tokens / last.x : Self.interpolate(points, at: tokens)
  }

  /// Linear between neighbours, constant beyond the ends; `nil` without points.
  private static func interpolate(_ points: [(x: Double, y: Double)], at x: Double) -> Double? {
    let sorted = points.sorted { $0.x < $1.x }
    guard let first = sorted.first, let last = sorted.last else { return nil }
    if x <= first.x { return first.y }
    if x >= last.x { return last.y }
    for (left, right) in zip(sorted, sorted.dropFirst()) where x <= right.x {
      guard right.x > left.x else { return right.y }
      return left.y + (right.y - left.y) * (x - left.x) / (right.x - left.x)
    }
    return last.y
  }
}
