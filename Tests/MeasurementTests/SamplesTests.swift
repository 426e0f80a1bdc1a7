import Testing

@testable import Measurement

@Suite struct SamplesTests {
  /// Worked by hand: sorted 1 2 4 7 11; distances from 4 are 3 2 0 3 7.
  private let five = Samples([7, 1, 11, 2, 4])

  @Test func `median, deviation and minimum of five values worked by hand`() {
    #expect(five.median == 4)
    #expect(five.medianAbsoluteDeviation == 3)
    #expect(five.relativeDeviation == 0.75)
    #expect(five.minimum == 1)
    #expect(five.values == [7, 1, 11, 2, 4], "the order of taking stays")
  }

  @Test func `the median of an even count is the mean of the middle two`() {
    #expect(Samples([4, 1, 3, 2]).median == 2.5)
  }

  /// Position p/100 (n - 1): 25 % of 4 is 1, 90 % of 4 is 3.6.
  @Test func `percentiles interpolate between neighbours`() throws {
    #expect(five.percentile(0) == 1)
    #expect(five.percentile(25) == 2)
    #expect(try abs(#require(five.percentile(90)) - (7 * 0.4 + 11 * 0.6)) < 1e-12)
    #expect(five.percentile(100) == 11)
  }

  @Test func `nothing is known of no values`() {
    let none = Samples()
    #expect(none.median == nil && none.minimum == nil && none.medianAbsoluteDeviation == nil)
    #expect(none.medianInterval() == nil)
    #expect(none.ratioOfMedians(to: five, paired: false) == nil)
  }

  /// From tables of the sign test at 5 %, two-sided: n = 6 gives ranks 1 and 6, 10 gives 2 and 9,
  /// 20 gives 6 and 15, 25 gives 8 and 18, 50 gives 18 and 33.
  @Test(arguments: [(6, 1), (8, 1), (9, 2), (10, 2), (15, 4), (20, 6), (25, 8), (50, 18)])
  func `ranks of the median's interval are those of the sign test`(count: Int, rank: Int) {
    #expect(Samples.lowerRank(of: count, confidence: 0.95) == rank)
  }

  @Test func `five samples have no interval at 95 %, and thousands have one`() throws {
    #expect(Samples.lowerRank(of: 5, confidence: 0.95) == nil)
    // Normal approximation: n/2 - 1.96 sqrt(n)/2 = 5000 - 98.
    let rank = try #require(Samples.lowerRank(of: 10_000, confidence: 0.95))
    #expect(abs(rank - 4902) <= 1)
  }

  @Test func `the interval takes those order statistics`() throws {
    let interval = try #require(Samples((1...10).map(Double.init).shuffled()).medianInterval())
    #expect(interval.median == 5.5 && interval.low == 2 && interval.high == 9)
    #expect(abs(interval.relativeHalfWidth - 3.5 / 5.5) < 1e-12)
  }

  /// Draws from a known distribution: the interval must hold the true median about 95 % of the
  /// time, which a hundred seeds show within binomial noise.
  @Test func `the interval covers the true median`() {
    var covered = 0
    for seed in 0..<400 {
      var generator = SplitMix64(seed: UInt64(seed))
      // Skewed: the square of a uniform number, median 1/4.
      let values = (0..<25).map { _ in
        let uniform = Double.random(in: 0..<1, using: &generator)
        return uniform * uniform
      }
      if let interval = Samples(values).medianInterval(), interval.low <= 0.25,
        0.25 <= interval.high
      {
        covered += 1
      }
    }
    #expect(covered >= 372, "93 % of 400; \(covered)")
  }
}
