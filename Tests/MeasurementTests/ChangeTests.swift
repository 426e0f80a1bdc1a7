import Measurement
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Times with known medians and noise: what is said of their change must be right.
@Suite struct ChangeTests {
  /// Times around `median` with log-normal noise of relative size `noise`, and now and then an
  /// interruption that takes half as long again.
  private static func times(
    _ count: Int, median: Double, noise: Double, using random: inout SplitMix64
  ) -> Samples {
    Samples(
      (0..<count).map { _ in
        let (u, v) = (
          Double.random(in: 0..<1, using: &random), Double.random(in: 0..<1, using: &random)
        )
        let normal = (-2 * log(1 - u)).squareRoot() * cos(2 * .pi * v)
        let interruption = Double.random(in: 0..<1, using: &random) < 0.05 ? 1.5 : 1
        return median * exp(noise * normal) * interruption
      })
  }

  private static func verdicts(
    factor: Double, noise: Double, samples: Int = 30, tolerance: Double = 0.03
  ) -> [Change.Verdict: Int] {
    var random = SplitMix64(seed: 42)
    var counts: [Change.Verdict: Int] = [:]
    for _ in 0..<100 {
      let before = times(samples, median: 1e-3, noise: noise, using: &random)
      let after = times(samples, median: 1e-3 * factor, noise: noise, using: &random)
      guard let change = Change(from: before, to: after, tolerance: tolerance) else { continue }
      counts[change.verdict, default: 0] += 1
    }
    return counts
  }

  @Test func `a clear change is seen`() {
    #expect(Self.verdicts(factor: 1.1, noise: 0.01)[.slower] == 100)
    #expect(Self.verdicts(factor: 0.9, noise: 0.01)[.faster] == 100)
  }

  @Test func `the same times are called the same`() {
    #expect((Self.verdicts(factor: 1, noise: 0.01)[.same] ?? 0) >= 98)
  }

  @Test(arguments: [0.01, 0.05, 0.2, 0.5])
  func `noise alone is never a change`(noise: Double) {
    let verdicts = Self.verdicts(factor: 1, noise: noise)
    // An interval of 95 % lies wholly beyond the tolerance in under 2.5 % of cases, each side.
    #expect((verdicts[.slower] ?? 0) <= 3 && (verdicts[.faster] ?? 0) <= 3, "\(verdicts)")
  }

  @Test func `a change below the tolerance is none`() {
    let verdicts = Self.verdicts(factor: 1.02, noise: 0.005, tolerance: 0.05)
    #expect(verdicts[.same] == 100, "\(verdicts)")
  }

  @Test func `few noisy samples leave a small change unclear`() {
    let verdicts = Self.verdicts(factor: 1.05, noise: 0.2, samples: 7)
    #expect((verdicts[.unclear] ?? 0) >= 90, "\(verdicts)")
    #expect(verdicts[.same] == nil)
  }

  @Test func `without samples there is nothing to say`() {
    #expect(Change(from: Samples(), to: Samples([1]), tolerance: 0.1) == nil)
    #expect(Change(from: Samples([1]), to: Samples(), tolerance: 0.1) == nil)
  }
}
