import Foundation
import Testing

@testable import Measurement

/// Processes that do nothing but keep processors busy.
private final class LoadGenerator {
  private var processes: [Process] = []

  init(count: Int) throws {
    for _ in 0..<count {
      let process = Process()
      process.executableURL = URL(filePath: "/bin/sh")
      // Ends by itself after five seconds of CPU time, whatever becomes of this process.
      process.arguments = ["-c", "ulimit -t 5; while :; do :; done"]
      try process.run()
      processes.append(process)
    }
  }

  deinit {
    for process in processes { kill(process.processIdentifier, SIGKILL) }
  }
}

@Suite struct LoadGeneratorTests {
  private static let processors = EnvironmentRecord.current().usableProcessors

  /// What the judge says of half a second of work next to `others` busy processes.
  private static func advisories(nextTo others: Int) throws -> [Advisory.Kind] {
    let load = try LoadGenerator(count: others)
    return withExtendedLifetime(load) {
      let start = LoadSnapshot.now()
      let sampler = InterleavedSampler(
        SamplingPolicy(
          relativePrecision: 0, minimumRounds: 20, maximumRounds: 1_000_000, budgetSeconds: 0.5))
      let samples = sampler.sample([
        { MonotonicClock.time { _ = CoreClock.estimateHertz(tries: 1) } }
      ]).samples
      let change = LoadChange(from: start, to: .now(), processors: processors)
      return NoiseJudge().advisories(
        for: samples[0],
        under: NoiseJudge.Circumstances(load: change, processors: processors, isDebugBuild: false)
      ).map(\.kind)
    }
  }

  /// What the system says is enough: how much slower samples become is the machine's business.
  @Test func `a busy process is noticed`() throws {
    let kinds = try Self.advisories(nextTo: Self.processors)
    #expect(kinds.contains(.otherLoad) || kinds.contains(.preempted), "\(kinds)")
  }

  @Test func `own work is not taken for the load of others`() {
    let start = LoadSnapshot.now()
    let end = start.wallSeconds + 0.3
    while MonotonicClock.seconds < end { _ = CoreClock.estimateHertz(tries: 1) }
    let after = LoadSnapshot.now()
    #expect(after.ownSeconds > start.ownSeconds)
    let without = LoadChange(
      from: start, to: after, processors: Self.processors)
    // Others may be busy on this machine; what is this process's own must have been taken off.
    if let busy = after.busySeconds, let before = start.busySeconds,
      let others = without.otherProcessors
    {
      let total = (busy - before) / (after.wallSeconds - start.wallSeconds)
      #expect(others <= total)
    }
  }
}
