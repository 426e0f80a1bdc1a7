import Testing

@testable import Measurement

@Suite struct NoiseTests {
  private static let steady = Samples([1, 1.01, 0.99, 1, 1.005, 0.995, 1, 1.01, 0.99])
  private static let quiet = NoiseJudge.Circumstances(processors: 4, isDebugBuild: false)

  private func kinds(
    _ samples: Samples = steady, _ change: (inout NoiseJudge.Circumstances) -> Void = { _ in }
  ) -> [Advisory.Kind] {
    var circumstances = Self.quiet
    change(&circumstances)
    return NoiseJudge().advisories(for: samples, under: circumstances).map(\.kind)
  }

  @Test func `steady samples on a quiet machine raise nothing`() {
    #expect(kinds() == [])
  }

  @Test func `each disturbance is named`() {
    #expect(kinds(Samples([1, 2, 1, 2, 1, 2, 1, 2, 1])) == [])
    #expect(kinds(Samples([1, 1.2, 0.8, 1.3, 0.7, 1, 1.2, 0.8, 1.2])) == [.spread])
    #expect(kinds(Samples([1, 1, 1, 1.1, 1.1, 1.1])).contains(.drift))
    #expect(kinds(Samples([1, 1, 1])) == [.fewSamples])
    #expect(kinds { $0.threads = 5 } == [.oversubscribed])
    #expect(kinds { $0.isDebugBuild = true } == [.debugBuild])
    #expect(kinds { $0.clockShare = 0.8 } == [.throttled])
    #expect(kinds { $0.sharedCoreShare = 0.3 } == [.sharedCore])
    #expect(kinds { $0.movedShare = 0.3 } == [.moved])
    #expect(
      kinds(Samples([1, 1.04, 0.96, 1.04, 0.96, 1, 1.04, 0.96])) { $0.wantedPrecision = 0.01 } == [
        .imprecise
      ])
  }

  @Test func `memory that changed from before to after is a reason`() throws {
    let judge = NoiseJudge()
    #expect(judge.advisory(readsBefore: Samples([30, 31, 90]), after: Samples([36, 36])) == nil)
    for (before, after) in [(30.0, 60.0), (60, 30)] {
      let advisory = try #require(
        judge.advisory(readsBefore: Samples([before]), after: Samples([after])))
      #expect(advisory.kind == .memoryDrift && advisory.value == 1)
    }
    #expect(judge.advisory(readsBefore: Samples(), after: Samples([1])) == nil)
  }

  /// One second on four processors, of which this process used one.
  private static func change(
    busy: Double? = 1, stolen: Double? = 0, switches: Int = 0
  ) -> LoadChange {
    let start = LoadSnapshot(
      wallSeconds: 10, ownSeconds: 3, involuntarySwitches: 7, busySeconds: busy == nil ? nil : 50,
      stolenSeconds: stolen == nil ? nil : 2)
    let end = LoadSnapshot(
      wallSeconds: 11, ownSeconds: 4, involuntarySwitches: 7 + switches,
      busySeconds: busy.map { 50 + $0 }, stolenSeconds: stolen.map { 2 + $0 })
    return LoadChange(from: start, to: end, processors: 4)
  }

  @Test func `the load of others is what the machine did beyond this process`() throws {
    // 2.5 s busy - 1 s own - 4 ticks of rounding.
    let others = try #require(Self.change(busy: 2.5).otherProcessors)
    #expect(abs(others - 1.46) < 1e-9)
    #expect(Self.change(busy: 1).otherProcessors == 0)
    #expect(abs(try #require(Self.change(stolen: 0.4).stolenShare) - 0.1) < 1e-9)
    #expect(Self.change(busy: nil, stolen: nil).otherProcessors == nil)
    #expect(kinds { $0.load = Self.change(busy: 2.5) } == [.otherLoad])
    #expect(kinds { $0.load = Self.change(stolen: 0.4) } == [.stolenTime])
    #expect(kinds { $0.load = Self.change(switches: 1000) } == [.preempted])
    #expect(kinds { $0.load = Self.change(busy: nil, stolen: nil, switches: 3) } == [])
  }

  @Test func `the first line of /proc/stat is read in ticks`() throws {
    let text = "cpu  100 20 30 4000 50 6 7 80 90 0\ncpu0 1 2 3\n"
    let ticks = try #require(ProcessorTicks(procStat: text, ticksPerSecond: 100))
    #expect(ticks.busySeconds == 1.63, "user, nice, system, irq and softirq")
    #expect(ticks.stolenSeconds == 0.8)
    #expect(ProcessorTicks(procStat: "intr 5", ticksPerSecond: 100) == nil)
  }

  @Test func `advisories say what and how much`() {
    #expect(
      Advisory(.otherLoad, value: 0.97, limit: 0.15).description
        == "other processes kept 0.97 processors busy")
    #expect(Advisory(.spread, value: 0.123, limit: 0.05).description.contains("12 %"))
    #expect(
      Advisory(.oversubscribed, value: 8, limit: 2).description == "8 threads on 2 processors")
  }
}
