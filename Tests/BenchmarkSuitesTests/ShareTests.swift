import Measurement
@testable import BenchmarkSuites
import Testing

@Suite struct ShareTests {
  private static func timing(
    _ seconds: [Double], reads: [Double], dots: [Double] = []
  ) -> KernelResult.Timing {
    KernelResult.Timing(
      seconds: seconds, productsPerRound: 1, weightBytes: 1000,
      ceilings: [.init(kind: .read, pattern: "x", ratesPerSecond: reads)]
        + (dots.isEmpty ? [] : [.init(kind: .dotProducts, pattern: "x", ratesPerSecond: dots)]),
      pages: "", isPinned: false)
  }

  /// 1000 bytes at 1000 B/s take 1 s; 100 operations at 50 OP/s take 2 s.
  @Test func `the share is the larger time at the ceilings over the measured one`() throws {
    let memory = try #require(
      Self.timing([2, 2, 2], reads: [1000, 1000, 1000]).share(operations: 100))
    #expect(memory.interval.ratio == 0.5 && memory.limit == "memory")
    let compute = try #require(
      Self.timing([4, 4, 4], reads: [1000, 1000, 1000], dots: [50, 50, 50])
        .share(operations: 100))
    #expect(compute.interval.ratio == 0.5 && compute.limit == "compute")
  }

  @Test func `rounds are compared with their own ceilings`() throws {
    // A machine that halves its speed in the second round: the share stays.
    let share = try #require(
      Self.timing([2, 4, 2], reads: [1000, 500, 1000]).share(operations: 0))
    #expect(share.interval.low == 0.5 && share.interval.high == 0.5)
  }

  @Test func `without a ceiling there is no share`() {
    #expect(Self.timing([1], reads: []).share(operations: 1) == nil)
  }
}
