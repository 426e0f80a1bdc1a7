import BenchmarkSuites
import CommandLineKit
import Measurement
import Reports

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// One run of some cases into a results file.
struct BenchRun {
  let suite: String
  let cases: [KernelCase]
  let policy: SamplingPolicy
  let environment: EnvironmentRecord
  let isPinning: Bool
  var probesCeilings = true
  /// How often cases whose measurement was disturbed are measured again, once all others are done.
  let retries: Int
  let console: Console

  /// Measures the cases that the file at `path` lacks.
  ///
  /// - Returns: Everything in the file, and whether no case is left.
  /// - Throws: `ResultsError` or `JSONProblem` before measuring if the file cannot be used.
  func run(appendingTo path: String) throws -> (Results<KernelResult>, isComplete: Bool) {
    let header = RunHeader(
      id: RunHeader.newID(), startedUnixSeconds: Date().timeIntervalSince1970.rounded(),
      suite: suite, sampling: policy, environment: environment)
    let writer = try ResultsWriter<KernelResult>(
      path: path, header: header, expectedCases: cases.count)
    warnOfOtherBuilds(in: writer, path)
    let finished = cases.count { writer.finishedKeys.contains($0.key) }
    if finished > 0 {
      console.note("\(finished) of \(cases.count) cases are in \(path) already")
    }
    Interruption.listen()
    let runner = KernelRunner(
      policy, on: environment, isPinning: isPinning, probesCeilings: probesCeilings)
    try measure(runner, writer, isRepeated: false)
    for _ in 0..<retries where !Interruption.isRequested {
      try measure(runner, writer, isRepeated: true)
    }
    console.clearProgress()
    try writer.refresh()
    return (writer.results, cases.allSatisfy { writer.finishedKeys.contains($0.key) })
  }

  /// Measures the cases that have no result, or, repeatedly, those that have no steady one.
  private func measure(
    _ runner: KernelRunner, _ writer: ResultsWriter<KernelResult>, isRepeated: Bool
  ) throws {
    func isLeft(_ item: KernelCase) -> Bool {
      let results = writer.results
      return !(isRepeated ? results.steadyKeys : results.keys).contains(item.key)
    }
    let left = cases.count { isLeft($0) }
    var progress = BenchProgress(total: left, isRepeated: isRepeated, console: console)
    for item in cases {
      try writer.refresh()
      guard isLeft(item) else { continue }
      progress.start(item)
      let result = try runner.run(item, isCancelled: { Interruption.isRequested })
      guard let result else { return }
      try writer.append(result, isRepeated: isRepeated)
      progress.finish(result)
      if Interruption.isRequested { return }
    }
  }

  private func warnOfOtherBuilds(in writer: ResultsWriter<KernelResult>, _ path: String) {
    let mine = environment.build
    let others = Set(writer.results.runs.map(\.environment.build)).filter {
      $0.mode != mine.mode || ($0.commit != nil && mine.commit != nil && $0.commit != mine.commit)
    }
    guard let other = others.first else { return }
    console.warn(
      "\(path) also holds results of another build (\(other.mode), commit"
        + " \(other.commit?.prefix(12) ?? "unknown")); write to another file to keep them apart")
  }
}

/// The line on standard error that says how far a run is.
private struct BenchProgress {
  let total: Int
  let isRepeated: Bool
  let console: Console
  private var done = 0
  private let start = MonotonicClock.seconds
  private var last = ""

  init(total: Int, isRepeated: Bool, console: Console) {
    self.total = total
    self.isRepeated = isRepeated
    self.console = console
  }

  func start(_ item: KernelCase) {
    var line = "[\(done + 1)/\(total)\(isRepeated ? " again" : "")] \(item.key)"
    if done > 0 {
      let elapsed = MonotonicClock.seconds - start
      let left = elapsed / Double(done) * Double(total - done)
      line += ", \(QuantityStyle.seconds.text(left, digits: 2)) left"
    }
    console.progress(line + last)
  }

  mutating func finish(_ result: KernelResult) {
    done += 1
    guard let timing = result.timing, let median = timing.samples.median else { return }
    last = "; before: \(QuantityStyle.seconds.text(median))"
    if let reason = result.advisories.first { last += " (\(reason))" }
  }
}
