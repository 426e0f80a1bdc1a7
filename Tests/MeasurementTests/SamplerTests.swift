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
    ]).samples
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
    ]).samples
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
    ]).samples
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
    #expect(Self.sampler(budget, clock).sample([subject]).samples[0].count == 20)
    let rounds = SamplingPolicy(minimumRounds: 9, maximumRounds: 12, budgetSeconds: 1e9)
    #expect(Self.sampler(rounds, clock).sample([subject]).samples[0].count == 12)
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
      }
    ).samples
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
      ], isCancelled: { taken == 7 }
    ).samples
    #expect(samples[0].count == 7)
  }

  @Test func `time and ticks go forward`() {
    let start = MonotonicClock.seconds
    let ticks = MonotonicClock.ticks
    #expect(CoreClock.estimateHertz() > 1e7, "ten megahertz are slow even under emulation")
    #expect(MonotonicClock.seconds > start)
    if let before = ticks, let after = MonotonicClock.ticks { #expect(after > before) }
  }

  /// Every second sample is disturbed, takes ten times as long, and is taken again.
  @Test func `a sample that was disturbed is taken again`() {
    let clock = Clock()
    var looks = 0
    let policy = SamplingPolicy(
      warmUpRounds: 0, minimumRounds: 12, maximumRounds: 12, budgetSeconds: 1e9)
    let sampler = InterleavedSampler(
      policy, clock: { clock.seconds },
      isQuiet: {
        looks += 1
        return looks % 4 != 0
      })
    var taken = 0
    let outcome = sampler.sample([
      {
        taken += 1
        return looks % 4 == 3 ? 10 : 1
      }
    ])
    #expect(outcome.samples[0].values == Array(repeating: 1.0, count: 12))
    #expect(taken > 12)
    #expect(!outcome.isDisturbed && outcome.disturbedShare == 0)
  }

  @Test func `rounds that stay disturbed are kept apart`() {
    let clock = Clock()
    var round = 0
    let policy = SamplingPolicy(
      warmUpRounds: 0, minimumRounds: 6, maximumRounds: 40, budgetSeconds: 100)
    // Until the clock says 1, nothing is quiet; a round takes 0.3, each wait for quiet 0.06.
    let sampler = InterleavedSampler(
      policy, clock: { clock.seconds },
      isQuiet: {
        clock.seconds += 0.06
        return clock.seconds > 1
      })
    let outcome = sampler.sample([
      {
        round += 1
        clock.seconds += 0.3
        return clock.seconds < 1.3 ? 10 : 1
      }
    ])
    #expect(outcome.samples[0].values.allSatisfy { $0 == 1 } && outcome.samples[0].count >= 6)
    #expect(outcome.disturbed.values.allSatisfy { $0 == 10 })
    #expect(!outcome.isDisturbed)
  }

  /// A sampler on a machine that is never quiet, where a look takes 0.01 s.
  private static func neverQuiet(_ policy: SamplingPolicy, _ clock: Clock) -> InterleavedSampler {
    InterleavedSampler(
      policy, clock: { clock.seconds },
      isQuiet: {
        clock.seconds += 0.01
        return false
      })
  }

  @Test func `what is never quiet ends, and says so`() {
    let clock = Clock()
    let policy = SamplingPolicy(warmUpRounds: 0, minimumRounds: 6, budgetSeconds: 2)
    let outcome = Self.neverQuiet(policy, clock).sample([{ 7 }])
    #expect(outcome.isDisturbed && outcome.disturbedShare == 1)
    #expect(outcome.samples[0].count >= 6 && outcome.disturbed.count == 0)
    #expect(clock.seconds >= 6, "three times the budget, in the hope of quiet")
  }

  @Test func `rounds that are still wanted are not waited for when patience is over`() {
    let clock = Clock()
    let policy = SamplingPolicy(warmUpRounds: 0, minimumRounds: 40, budgetSeconds: 0.1)
    let outcome = Self.neverQuiet(policy, clock).sample([{ 7 }])
    #expect(outcome.isDisturbed && outcome.samples[0].count == 40)
    // 0.3 of patience, a round of three waits of 0.07 that may have begun before, 40 rounds of two looks.
    #expect(clock.seconds < 0.3 + 0.3 + 40 * 0.02)
  }

  /// Half the rate is another hardware thread; a tenth less is a slower clock.
  @Test func `a core is shared where additions are rarer than they were`() {
    let cores = CoreShare(threads: 2)
    #expect(cores.isQuiet, "nothing is known yet")
    cores.note(18e9, of: 0)
    cores.note(17e9, of: 1)
    #expect(cores.isQuiet)
    cores.note(16.2e9, of: 0)
    #expect(cores.isQuiet)
    cores.note(9e9, of: 1)
    #expect(!cores.isQuiet)
    cores.note(17.5e9, of: 1)
    #expect(cores.isQuiet)
  }

  /// Starting a job on two processors of a Zen 4 takes 0.2 microseconds while they share a cache.
  @Test func `threads whose jobs start later or sooner have moved`() {
    let cores = CoreShare(threads: 2)
    #expect(cores.isInPlace, "nothing is known yet")
    cores.note(startSeconds: 0.2e-6)
    cores.note(startSeconds: 0.39e-6)
    #expect(cores.isInPlace && cores.isQuiet)
    cores.note(startSeconds: 0.75e-6)
    #expect(!cores.isInPlace && !cores.isQuiet && cores.startSeconds == 0.75e-6)
    cores.settle()
    #expect(cores.isInPlace)
    cores.note(startSeconds: 0.75e-6)
    #expect(cores.isInPlace, "they may stay there")
    cores.note(startSeconds: 0.2e-6)
    #expect(!cores.isInPlace)

    let alone = CoreShare(threads: 1)
    alone.note(startSeconds: 1e-8)
    alone.note(startSeconds: 1e-6)
    #expect(alone.isInPlace, "one thread has no distance")
  }

  @Test func `looking starts jobs on all threads`() {
    let cores = CoreShare(threads: 2)
    var jobs = 0
    let isQuiet = cores.look { body in
      jobs += 1
      for thread in 0..<2 { body(thread) }
    }
    #expect(isQuiet && jobs > 2 && cores.startSeconds > 0)
  }

  @Test func `independent additions are at least as many as dependent ones`() {
    // One hardware thread next to this one may halve what is measured here.
    #expect(CoreShare.additionsPerSecond() > 0.4 * CoreClock.estimateHertz())
    let cores = CoreShare(threads: 1)
    cores.look(from: 0)
    #expect(cores.isQuiet, "the first look is the best one")
  }
}
