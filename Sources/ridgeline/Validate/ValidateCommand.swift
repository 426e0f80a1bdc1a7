import BenchmarkSuites
import CommandLineKit
import HardwareProfiles
import Inference
import Measurement
import Reports
import TransformerModels

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `ridgeline validate`: predictions beside measurements.
struct ValidateCommand: Command {
  static let name = "validate"
  static let summary = "Puts predictions beside measurements and says how far off they are."
  static let discussion = """
    Takes results of 'ridgeline bench', the output of 'llama-bench -o json', 'jsonl' or 'csv', and \
    published measurements in the columns of published-measurements.csv. Errors are of times: \
    predicted over measured, less one. Kernels are predicted from a calibrated profile, whole \
    models by what their engine is expected to reach. --published judges the expected speeds of \
    all engines on the published measurements they are fitted to: each device is left out of the \
    fit once, and it fails where a measurement beats its bound or an error grew past the \
    committed gate.
    """
  static var examples: [Example] {
    [
      Example(
        "ridgeline validate kernels.jsonl --device my-machine.json --max-median-error 0.05",
        "fails if half of the predictions are off by more than 5 %"),
      Example(
        "ridgeline validate llama-bench.json --device nvidia-rtx-4090",
        "runs of llama.cpp beside what is expected of it"),
      Example(
        "ridgeline validate published-measurements.csv --figure bound --cases",
        "every published speed beside the speed of light"),
      Example("ridgeline validate --published", "errors by subset, with peers' rules beside ours"),
    ]
  }

  var files: [String] = []
  var published = false
  var device: String?
  var model: String?
  var figure: ModelPredictions.Figure?
  var maxMedianError: Double?
  var maxNinetiethError: Double?
  var steadyOnly = false
  var memory = MemoryState.probed
  var cases = false
  var output = OutputFormat.text

  static var arguments: [Argument<Self>] {
    [.rest("file", \.files, "Measurements.", required: false)]
  }

  static var options: [Option<Self>] {
    [
      .flag("--published", \.published, "Judge expected speeds on published measurements."),
      .value(
        "--device", \.device,
        "Device id or profile: needed for kernels (calibrated) and for llama-bench.",
        placeholder: "id|path"),
      .value(
        "--model", \.model,
        "Model of llama-bench runs, if not the one with as many parameters; the file that own runs"
          + " were of.",
        placeholder: "id|path"),
      .value(
        "--figure", \.figure,
        "Which estimate of a whole model is compared; without it, what is expected of the engine,"
          + " or the roofline where nothing is known of it."),
      .flag("--steady-only", \.steadyOnly, "Leave out kernels whose measurement was disturbed."),
      .value(
        "--max-median-error", \.maxMedianError, "Fail if the median error is larger.",
        placeholder: "share", limit: .atLeast(0)),
      .value(
        "--max-90th-percentile-error", \.maxNinetiethError,
        "Fail if a tenth of the errors is larger.", placeholder: "share", limit: .atLeast(0)),
      .value(
        "--memory", \.memory,
        "Bandwidth of memory that predictions from a calibrated profile use: what plain reads reached"
          + " beside the case, or in calibration."),
      .flag("--cases", \.cases, "Also every case."),
      .value("--output", \.output, "Format of the result."),
    ]
  }

  func run(on console: Console) throws {
    guard published != !files.isEmpty else {
      throw UsageError("say what to validate: files of measurements, or --published")
    }
    if published { return try validatePublished(on: console) }
    let files = try files.map { path in
      try MeasurementFile(path, try InputPath.read(path, limit: 1 << 30, what: "results file"))
    }
    var validated: [ValidatedCase] = []
    var kernels = Results<KernelResult>()
    var models = Results<ModelResult>()
    for file in files {
      switch file {
      case .kernels(let results): try kernels.merge(results)
      case .models(let results): try models.merge(results)
      case .llamaBench(let tests): validated += try llamaBench(tests)
      case .published(let runs): validated += self.cases(runs)
      }
    }
    for torn in kernels.tornFiles + models.tornFiles {
      console.warn("\(torn.file): the last line is cut off; \(torn.bytes) bytes were ignored")
    }
    validated += try self.cases(kernels, on: console)
    validated += try self.cases(models, on: console)
    let report = ValidationReport(validated)
    console.print(
      try report.text(as: output, showsCases: cases, width: console.width), terminator: "")
    try check(report)
  }

  private func validatePublished(on console: Console) throws {
    let validation = try ValidatePublished()
    console.print(
      try validation.text(as: output, showsCases: cases, width: console.width), terminator: "")
    let failures = validation.gateFailures
    guard failures.isEmpty else { throw CommandFailure(failures.joined(separator: "\n")) }
  }

  private func check(_ report: ValidationReport) throws {
    guard maxMedianError != nil || maxNinetiethError != nil else { return }
    guard let overall = report.overall else {
      throw CommandFailure("nothing was predicted, so no limit can hold")
    }
    for (name, value, limit) in [
      ("median error", overall.median, maxMedianError),
      ("90th percentile of the errors", overall.ninetiethPercentile, maxNinetiethError),
    ] {
      guard let limit, value > limit else { continue }
      let percent = QuantityStyle.percent
      throw CommandFailure(
        "the \(name) is \(percent.text(value)), above the limit of \(percent.text(limit))")
    }
  }

  private func cases(
    _ kernels: Results<KernelResult>, on console: Console
  ) throws -> [ValidatedCase] {
    let results = kernels.entries.map(\.payload).filter { $0.timing != nil }
    guard !results.isEmpty else { return [] }
    guard let device else {
      throw UsageError("--device is missing; kernels are predicted from a calibrated profile")
    }
    let predictions = try KernelPredictions(
      try DeviceSelection.profile(device), memory: memory)
    let unsteady = results.count { !$0.isSteady }
    if unsteady > 0, !steadyOnly {
      console.warn(
        "\(unsteady) of \(results.count) measurements were disturbed; --steady-only leaves them out"
      )
    }
    return results.filter { !steadyOnly || $0.isSteady }.compactMap {
      $0.validated(by: predictions)
    }
  }

  private func cases(
    _ models: Results<ModelResult>, on console: Console
  ) throws -> [ValidatedCase] {
    let results = models.entries.map(\.payload)
    guard !results.isEmpty else { return [] }
    guard let device else {
      throw UsageError("--device is missing; own runs are predicted from a calibrated profile")
    }
    let used = steadyOnly ? results.filter(\.isSteady) : results
    var predictions = try ModelResultPredictions(
      try DeviceSelection.profile(device), files: model.map { [$0] } ?? [],
      memory: memory)
    return try predictions.rows(used).map(\.validated)
  }

  private func llamaBench(_ tests: [LlamaBenchTest]) throws -> [ValidatedCase] {
    guard let device else {
      throw UsageError("--device is missing; llama-bench does not say enough of the hardware")
    }
    let model = try model.map { try ModelSelection($0).model }
    return cases(
      try LlamaBench.runs(tests, on: try DeviceSelection.profile(device), model: model))
  }

  private func cases(_ runs: [Result<ModelRun, UnpredictableRun>]) -> [ValidatedCase] {
    let predictions = ModelPredictions(figure: figure)
    return runs.map { run in
      switch run {
      case .success(let run): predictions.validated(run)
      case .failure(let run):
        ValidatedCase(
          label: run.label, groups: [], measured: 0, predicted: nil, obstacle: run.obstacle)
      }
    }
  }
}

extension KernelResult {
  /// The result beside its prediction; `nil` without a time.
  func validated(by predictions: KernelPredictions) -> ValidatedCase? {
    guard let median = timing?.samples.median else { return nil }
    let predicted = predictions.seconds(for: self)
    let what = kernelCase
    return ValidatedCase(
      label: key, groups: kernelCase.groups, measured: median, predicted: predicted,
      obstacle: predicted == nil
        ? "the profile has no figures for \(what.subject.rawValue), \(what.format), \(what.isa),"
          + " \(what.threads) threads, \(what.placement.rawValue)"
        : nil)
  }
}

extension KernelCase {
  /// What statistics of errors are grouped by.
  fileprivate var groups: [(property: String, value: String)] {
    var groups =
      if let heads {
        [
          ("cache", format), ("heads", "\(columns / heads.width) x \(heads)"),
          ("context", "\(rows)"),
        ]
      } else {
        [("format", format), ("shape", "\(rows)x\(columns)")]
      }
    groups += [("tokens", "\(tokens)"), ("threads", "\(threads)")]
    return groups + [(heads == nil ? "weights in" : "keys in", placement.rawValue)]
  }
}
