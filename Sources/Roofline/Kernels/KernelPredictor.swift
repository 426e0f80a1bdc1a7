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
/// A product takes the time of starting it, plus that of going over its weights. With weights in memory
/// that is what the format's kernel needs for a byte from there at so many tokens: how far reading
/// and multiplying overlap is measured. From a cache it is the larger of reading them at its bandwidth and
/// multiplying them at the rate of the kernel with weights in the core's own cache; near the ridge both
/// overlap only in part, and a norm of the two stands for the larger.
public struct KernelPredictor: Sendable {
  /// The exponent of the norm of reading and multiplying; infinite would be the larger of the two.
  static let overlap = 4.0

  private let ceilings: HardwareProfile.KernelCeilings

  /// A predictor for the machine of `profile`; `nil` if it was not calibrated.
  public init?(_ profile: HardwareProfile) {
    guard let kernels = profile.kernels else { return nil }
    ceilings = kernels
  }

  /// The time in seconds; `nil` where calibration has no figure for format, instruction set or
  /// thread count.
  public func seconds(for work: KernelWork) -> Double? {
    guard let multiply = multiplySeconds(for: work), let start = startSeconds(for: work) else {
      return nil
    }
    if work.isFromMemory {
      return streamSeconds(work, multiply: multiply).map { start + max($0, multiply) }
    }
    guard let read = readSeconds(work) else { return nil }
    // A rate from the core's own cache has the reading from there in it.
    guard work.workingSetBytes != nil else { return start + max(read, multiply) }
    let sum = pow(read, Self.overlap) + pow(multiply, Self.overlap)
    return start + pow(sum, 1 / Self.overlap)
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
  /// stays as it is there.
  private func streamSeconds(_ work: KernelWork, multiply: Double) -> Double? {
    let points = ceilings.streams.filter {
      $0.format == work.format && $0.isa == work.isa && $0.threads == work.threads
    }.map { (x: Double($0.tokens), y: work.weightBytes / $0.bytesPerSecond) }
    guard let last = points.max(by: { $0.x < $1.x }) else { return nil }
    guard Double(work.tokens) > last.x else {
      return Self.interpolate(points, at: Double(work.tokens))
    }
    var fewer = work
    fewer.tokens = Int(last.x)
    return multiplySeconds(for: fewer).map { multiply + max(0, last.y - $0) }
  }

  /// Reading the weights once from caches, at the read bandwidth of a working set of that size.
  private func readSeconds(_ work: KernelWork) -> Double? {
    let reads = ceilings.reads.filter { $0.threads == work.threads }
    let bandwidth = Self.interpolate(
      reads.map { (log($0.workingSetBytes), $0.bytesPerSecond) },
      at: log(work.workingSetBytes ?? work.weightBytes))
    return bandwidth.map { work.weightBytes / $0 }
  }

  /// Multiplying the weights with all tokens, at the pace of the thread with the most panels of 16
  /// rows.
  public func multiplySeconds(for work: KernelWork) -> Double? {
    let panels = (work.rows + 15) / 16
    let most = (panels + work.threads - 1) / work.threads
    let weights = Double(most * work.threads * 16) * Double(work.columns)
    return atTokens(of: work, { 1 / $0.weightsPerSecond }).map { weights * $0 }
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
