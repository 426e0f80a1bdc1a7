/// The ratio of two medians with an interval from resampling.
public struct RatioInterval: Equatable, Sendable {
  /// The ratio of the medians of the samples.
  public let ratio: Double
  /// 2.5 % of the resampled ratios are below.
  public let low: Double
  /// 2.5 % of the resampled ratios are above.
  public let high: Double

  /// Whether both sides could be equally fast.
  public var containsOne: Bool { low <= 1 && 1 <= high }
}

extension Samples {
  /// The bootstrap interval of median(self) / median(other) at 95 %.
  ///
  /// The same samples and seed give the same interval.
  ///
  /// - Parameters:
  ///   - other: What to divide by.
  ///   - paired: Whether value i of both was taken in the same round. Rounds are then drawn as a
  ///     whole, so that noise which hit both sides cancels.
  ///   - resamples: How many times to draw.
  ///   - seed: Where the pseudo-random numbers start.
  /// - Returns: `nil` if a side is empty or holds a median of zero, or if paired sides differ in
  ///   length.
  public func ratioOfMedians(
    to other: Samples, paired: Bool, resamples: Int = 2000, seed: UInt64 = 1
  ) -> RatioInterval? {
    guard let top = median, let bottom = other.median, bottom != 0, resamples > 0,
      !paired || count == other.count
    else { return nil }
    var generator = SplitMix64(seed: seed)
    var ratios: [Double] = []
    ratios.reserveCapacity(resamples)
    for _ in 0..<resamples {
      let rounds = generator.indices(below: count)
      let otherRounds = paired ? rounds : generator.indices(below: other.count)
      let numerator = Samples(rounds.map { values[$0] }).median ?? top
      let denominator = Samples(otherRounds.map { other.values[$0] }).median ?? bottom
      if denominator != 0 { ratios.append(numerator / denominator) }
    }
    let drawn = Samples(ratios)
    guard let low = drawn.percentile(2.5), let high = drawn.percentile(97.5) else { return nil }
    return RatioInterval(ratio: top / bottom, low: low, high: high)
  }
}

/// Steele, Lea and Flood's generator: small, seeded, the same on every machine.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Starts at `seed`.
  public init(seed: UInt64) { state = seed }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// As many indices of a collection of `count` elements, drawn with replacement.
  mutating func indices(below count: Int) -> [Int] {
    (0..<count).map { _ in Int(next() % UInt64(count)) }
  }
}
