import BenchmarkSuites
import CommandLineKit
import HardwareProfiles
import Inference
import Kernels
import Measurement
import Reports
import Roofline
import StrictJSON

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `ridgeline calibrate`: measures this machine and writes a hardware profile.
struct CalibrateCommand: Command {
  static let name = "calibrate"
  static let summary = "Measures this machine's ceilings and kernels and writes a profile of it."
  static let discussion = """
    The profile has the schema of the built-in ones, with measured figures: read bandwidth from \
    the first cache to memory, arithmetic peaks, and the rate of every format's kernel with \
    weights in cache. The raw samples are kept beside it; a calibration that was interrupted goes \
    on where it was. Let the machine do nothing else meanwhile.
    """
  static var examples: [Example] {
    [
      Example("ridgeline calibrate --list", "what would be measured"),
      Example(
        "ridgeline calibrate my-machine.json --quick", "a minute or two; eight common formats"),
      Example(
        "ridgeline predict --model llama-2-7b --precision q4_0 --device my-machine.json",
        "what the profile is for"),
    ]
  }

  var path = "my-machine.json"
  var quick = false
  var list = false
  var name: String?
  var machineName: String?
  var allowDebugBuild = false
  var output = OutputFormat.text

  static var arguments: [Argument<Self>] {
    [
      .one(
        "profile", \.path, "Where to write the profile; samples go beside it, as .samples.jsonl.",
        required: false)
    ]
  }

  static var options: [Option<Self>] {
    [
      .flag("--quick", \.quick, "Fewer formats, token counts and samples."),
      .value("--name", \.name, "Name of the device in the profile.", placeholder: "text"),
      .value(
        "--machine-name", \.machineName,
        "Name of this machine in the samples, to tell alike machines apart.", placeholder: "text"),
      .flag("--list", \.list, "Print the cases and measure nothing."),
      .flag(
        "--allow-debug-build", \.allowDebugBuild,
        "Measure with a debug build, which says nothing about the machine."),
      .value("--output", \.output, "Format of the table."),
    ]
  }

  func run(on console: Console) throws {
    let environment = EnvironmentRecord.current(machineName: machineName)
    let memoryBytes = KernelRunner.bytesBeyondCaches(of: environment)
    let plan = CalibrationPlan(for: environment, memoryBytes: memoryBytes, isQuick: quick)
    guard !list else {
      console.print(try CaseTable.table(plan.cases).text(as: output), terminator: "")
      return
    }
    guard !BuildRecord.isDebug || allowDebugBuild else {
      throw CommandFailure(
        "a debug build measures nothing of use; run 'swift run -c release ridgeline calibrate'")
    }
    guard path.hasSuffix(".json") else {
      throw UsageError("<profile> \(path): must end in .json, or --device would not find it")
    }
    let samples = path.dropLast(5) + ".samples.jsonl"
    let run = BenchRun(
      suite: quick ? "calibration-quick" : "calibration", cases: plan.cases, policy: plan.policy,
      environment: environment, isPinning: true, probesCeilings: false, retries: plan.retries,
      console: console)
    let (results, isComplete) = try run.run(appendingTo: String(samples))
    guard isComplete else {
      throw CommandFailure(
        "interrupted; the same command goes on with the cases that are left", exitCode: 130)
    }
    try finish(results, plan, environment, on: console)
  }

  /// Times what whole models need beside products of weights, with every thread count of `plan`.
  private func operations(
    _ plan: CalibrationPlan, _ environment: EnvironmentRecord, on console: Console
  ) throws -> [OperationCalibration.Point] {
    let memoryBytes = KernelRunner.bytesBeyondCaches(of: environment)
    return try Set(plan.cases.map(\.threads)).sorted().flatMap { threads in
      console.progress("operations of whole models, \(threads) threads")
      defer { console.clearProgress() }
      return try OperationCalibration(
        threads: threads, memoryBytes: memoryBytes, samples: quick ? 5 : 15, sweeps: quick ? 1 : 2,
        cacheFormats: quick ? [.f16, .q8_0] : CacheFormat.allCases
      ).points()
    }
  }

  /// Writes the profile and says what is in it.
  private func finish(
    _ results: Results<KernelResult>, _ plan: CalibrationPlan, _ environment: EnvironmentRecord,
    on console: Console
  ) throws {
    let wanted = Set(plan.cases.map(\.key))
    let figures = CalibrationFigures(
      results.entries.map(\.payload).filter { wanted.contains($0.key) })
    let profile = CalibratedProfile(
      figures: figures, operations: try operations(plan, environment, on: console),
      environment: environment,
      path: path, name: name)
    let text = try profile.json.text()
    // What is written must read back.
    let decoded = try StrictJSON.decode(
      HardwareProfile.self, from: Data(text.utf8), file: path)
    do {
      try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw CommandFailure("\(path): cannot be written; check the folder and its permissions")
    }
    console.print(try profile.table.text(as: output), terminator: "")
    if figures.unsteady > 0 {
      console.warn(
        "\(figures.unsteady) of \(plan.cases.count) measurements were disturbed, so the profile may"
          + " be off; 'ridgeline bench' shows what disturbs this machine")
    }
    console.note("wrote \(path) (\(decoded.name)); use it as --device \(path)")
  }
}
