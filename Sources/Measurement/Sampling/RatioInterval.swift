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
    // One buffer for each side: drawing allocates nothing.
    var (tops, bottoms) = (values, other.values)
    var ratios: [Double] = []
    ratios.reserveCapacity(resamples)
    for _ in 0..<resamples {
      let start = generator
      generator.draw(&tops, from: values)
      // The same numbers draw the same rounds.
      if paired { generator = start }
      generator.draw(&bottoms, from: other.values)
      let numerator = Self.median(sorting: &tops) ?? top
      let denominator = Self.median(sorting: &bottoms) ?? bottom
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

  /// Fills `drawn` with elements of `values`, drawn with replacement.
  mutating func draw(_ drawn: inout [Double], from values: [Double]) {
    for index in drawn.indices { drawn[index] = values[Int(next() % UInt64(values.count))] }
  }
}
