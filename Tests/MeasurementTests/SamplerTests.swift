import Testing

@testable import Measurement

@Suite struct SamplerTests {
  /// A clock that the subjects move.
  private final class Clock {
    var seconds = 0.0
  }

  private static func sampler(_ policy: SamplingPolicy, _ clock: Clock) -> InterleavedSampler {
    InterleavedSampler(policy, clock: { clock.seconds })
  }

  @Test func `steady samples stop at the fewest rounds`() {
    let clock = Clock()
    let policy = SamplingPolicy(warmUpRounds: 2, minimumRounds: 9, budgetSeconds: 100)
    var calls = 0
    let samples = Self.sampler(policy, clock).sample([
      {
        calls += 1
        clock.seconds += 1
        return 5
      }
    ])
    #expect(samples[0].values == Array(repeating: 5.0, count: 9))
    #expect(calls == 11, "two rounds of warming up")
  }

  @Test func `spread samples go on until the interval is narrow`() throws {
    let clock = Clock()
    let policy = SamplingPolicy(
      relativePrecision: 0.02, minimumRounds: 9, maximumRounds: 10_000, minimumSeconds: 0,
      budgetSeconds: 1e9)
    var generator = SplitMix64(seed: 3)
    let samples = Self.sampler(policy, clock).sample([
      { Double.random(in: 0.8...1.2, using: &generator) }
    ])
    #expect(samples[0].count > 50)
    #expect(try #require(samples[0].medianInterval()).relativeHalfWidth <= 0.02)
  }

  @Test func `samples that agree at once go on for the shortest time`() {
    let clock = Clock()
    let policy = SamplingPolicy(minimumRounds: 9, minimumSeconds: 30, budgetSeconds: 100)
    let samples = Self.sampler(policy, clock).sample([
      {
        clock.seconds += 1
        return 5
      }
    ])
    #expect(samples[0].count == 30)
  }

  @Test func `the budget and the most rounds end what never agrees`() {
    let clock = Clock()
    var flip = 1.0
    let subject = {
      flip = 3 - flip
      clock.seconds += 1
      return flip
    }
    let budget = SamplingPolicy(minimumRounds: 9, maximumRounds: 1000, budgetSeconds: 20)
    #expect(Self.sampler(budget, clock).sample([subject])[0].count == 20)
    let rounds = SamplingPolicy(minimumRounds: 9, maximumRounds: 12, budgetSeconds: 1e9)
    #expect(Self.sampler(rounds, clock).sample([subject])[0].count == 12)
  }

  @Test func `subjects take turns, backwards in every second round`() {
    let clock = Clock()
    var order = ""
    let policy = SamplingPolicy(
      warmUpRounds: 0, minimumRounds: 4, maximumRounds: 4, budgetSeconds: 0)
    let samples = Self.sampler(policy, clock).sample(
      ["a", "b", "c"].map { name in
        {
          order += name
          return 1
        }
      })
    #expect(order == "abccbaabccba")
    #expect(samples.map(\.count) == [4, 4, 4])
  }

  @Test func `cancelling keeps what was taken`() {
    let clock = Clock()
    var taken = 0
    let policy = SamplingPolicy(warmUpRounds: 0, minimumRounds: 100, budgetSeconds: 1e9)
    let samples = Self.sampler(policy, clock).sample(
      [
        {
          taken += 1
          return 1
        }
      ], isCancelled: { taken == 7 })
    #expect(samples[0].count == 7)
  }

  @Test func `time and ticks go forward`() {
    let start = MonotonicClock.seconds
    let ticks = MonotonicClock.ticks
    #expect(CoreClock.estimateHertz() > 1e7, "ten megahertz are slow even under emulation")
    #expect(MonotonicClock.seconds > start)
    if let before = ticks, let after = MonotonicClock.ticks { #expect(after > before) }
  }
}
