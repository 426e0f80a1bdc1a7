import Testing

@testable import Measurement

@Suite struct RatioIntervalTests {
  private static func noisy(_ center: Double, seed: UInt64, count: Int = 40) -> [Double] {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { _ in center * Double.random(in: 0.95...1.05, using: &generator) }
  }

  /// The reference sequence of the published algorithm for the seed 1234567.
  @Test func `the generator gives the published sequence`() {
    var generator = SplitMix64(seed: 1_234_567)
    #expect(
      (0..<3).map { _ in generator.next() } == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      ])
  }

  @Test func `equal sides may be equal, unequal ones are told apart`() throws {
    let left = Samples(Self.noisy(1, seed: 1))
    let right = Samples(Self.noisy(1, seed: 2))
    let same = try #require(left.ratioOfMedians(to: right, paired: false))
    #expect(same.containsOne)
    let slower = Samples(Self.noisy(1.2, seed: 3))
    let ratio = try #require(slower.ratioOfMedians(to: left, paired: false))
    #expect(ratio.low > 1.1 && ratio.high < 1.3 && !ratio.containsOne)
    #expect(ratio.low <= ratio.ratio && ratio.ratio <= ratio.high)
  }

  @Test func `the same seed gives the same interval`() {
    let left = Samples(Self.noisy(1, seed: 4))
    let right = Samples(Self.noisy(1.1, seed: 5))
    let once = left.ratioOfMedians(to: right, paired: false, seed: 9)
    #expect(once == left.ratioOfMedians(to: right, paired: false, seed: 9))
    #expect(once != left.ratioOfMedians(to: right, paired: false, seed: 10))
  }

  /// What the interval is, written plainly: indices, values, medians, percentiles.
  private static func drawn(
    _ left: [Double], _ right: [Double], paired: Bool, seed: UInt64
  ) -> Samples {
    var generator = SplitMix64(seed: seed)
    return Samples(
      (0..<2000).map { _ in
        let rounds = left.map { _ in Int(generator.next() % UInt64(left.count)) }
        let others =
          paired ? rounds : right.map { _ in Int(generator.next() % UInt64(right.count)) }
        let numerator = Samples(rounds.map { left[$0] }).median ?? .nan
        return numerator / (Samples(others.map { right[$0] }).median ?? .nan)
      })
  }

  @Test(arguments: [true, false])
  func `the interval holds the middle of what is drawn with replacement`(paired: Bool) throws {
    let (left, right) = (Self.noisy(1, seed: 11), Self.noisy(1.1, seed: 12))
    let ratio = try #require(
      Samples(left).ratioOfMedians(to: Samples(right), paired: paired, seed: 13))
    let drawn = Self.drawn(left, right, paired: paired, seed: 13)
    #expect(ratio.low == drawn.percentile(2.5) && ratio.high == drawn.percentile(97.5))
  }

  /// A machine that is twice as fast in some rounds moves both sides alike.
  @Test func `pairing rounds cancels noise that both sides share`() throws {
    var generator = SplitMix64(seed: 6)
    let speed = (0..<40).map { _ in Double.random(in: 1...2, using: &generator) }
    let left = Samples(speed.map { 1.1 * $0 })
    let right = Samples(speed)
    let paired = try #require(left.ratioOfMedians(to: right, paired: true))
    let unpaired = try #require(left.ratioOfMedians(to: right, paired: false))
    #expect(paired.high - paired.low < 1e-9 && abs(paired.ratio - 1.1) < 1e-9)
    #expect(unpaired.high - unpaired.low > 0.05)
    #expect(left.ratioOfMedians(to: Samples([1]), paired: true) == nil)
  }
}
