import BenchmarkSuites
import CommandLineKit
import Engines
import Inference
import Measurement
import Reports

/// `ridgeline report`: the reports that are kept under `reports/`, and tables of results files.
struct ReportCommand: Command {
  static let name = "report"
  static let summary =
    "Writes an interactive page, a report kept under reports/, or merges results."
  static let discussion = """
    Reports by name are the same byte for byte whenever they are written. Files of 'ridgeline bench' \
    are merged into one table; results of different machines stand side by side only with \
    --machines all. With --html, a page that recomputes predictions in the browser, without a \
    network, for the models, precisions and devices named, or for all of them.
    """
  static var examples: [Example] {
    [
      Example(
        "ridgeline report --html report.html --model llama-3-8b,llama-2-7b"
          + " --device nvidia-rtx-4090,apple-m2-8-core-gpu", "a page for two models"),
      Example(
        "ridgeline report llama-cpp-article --output markdown",
        "the figures of a well-known article beside ours"),
      Example("ridgeline report results/shard-1.jsonl results/shard-2.jsonl", "two shares in one"),
      Example(
        "ridgeline report kernels kernels.jsonl --peers torch.json",
        "kernels beside the machine's ceilings and another library"),
      Example(
        "ridgeline report models models.jsonl --device my-machine.json",
        "whole models beside their predictions"),
      Example("ridgeline report engines llama-bench.json", "whole models by several engines"),
      Example(
        "ridgeline report validation kernels.jsonl --device my-machine.json",
        "kernels against their predictions, run by run"),
      Example("ridgeline report accuracy", "errors of expected speeds, devices left out"),
      Example("ridgeline report accuracy-decode-plot", "an SVG for the report above"),
      Example(
        "ridgeline report quantization-systems reports/quantization-systems.jsonl",
        "every quantization system: memory, time and error"),
    ]
  }

  enum Subject: String, CaseIterable {
    case llamaCppArticle = "llama-cpp-article"
    case accuracy
    case accuracyDecodePlot = "accuracy-decode-plot"
    case accuracyPrefillPlot = "accuracy-prefill-plot"
    case quantizationSystems = "quantization-systems"
    case publishedSystems = "published-systems"
  }

  /// Whose results may stand in one table.
  enum Machines: String, CaseIterable {
    case one, all
  }

  var subjects: [String] = []
  var machines = Machines.one
  var peers: [String] = []
  var html: String?
  var all: String?
  var model: [String] = []
  var precision: [String] = []
  var device: [String] = []
  var engine: String?
  var output = OutputFormat.markdown

  static var arguments: [Argument<Self>] {
    [.rest("report", \.subjects, "A report by name, or results files.", required: false)]
  }

  static var options: [Option<Self>] {
    [
      .value("--machines", \.machines, "Whether results of several machines may be merged."),
      .value(
        "--all", \.all,
        "Write every report that follows from the data alone into this directory, with an index.",
        placeholder: "path"),
      .value("--html", \.html, "Write an interactive page into this file.", placeholder: "path"),
      .list(
        "--model", \.model, "Models of the page (default: the whole catalog).",
        placeholder: "id|path"),
      .list(
        "--peers", \.peers,
        "Measurements of other libraries, for the reports 'kernels', 'models' and"
          + " 'quantization-systems'.",
        placeholder: "path"),
      .list(
        "--precision", \.precision, "Precisions of the page (default: twenty that are in use).",
        placeholder: "id"),
      .list(
        "--device", \.device,
        "Devices of the page (default: every profile), or the calibrated profile to predict results"
          + " from.", placeholder: "id|path"),
      .value(
        "--engine", \.engine, "Whose losses the page expects; left out: the usual engine.",
        placeholder: "id[@YYYY-MM]"),
      .value("--output", \.output, "Format of the report; named ones have text and markdown."),
    ]
  }

  func run(on console: Console) throws {
    if let all {
      guard subjects.isEmpty, html == nil else {
        throw UsageError("--all writes reports only; ask for the rest in another call")
      }
      try ReportCollection.write(to: all, console: console)
    } else if let html {
      guard subjects.isEmpty else {
        throw UsageError("--html writes a page of predictions; leave out '\(subjects[0])'")
      }
      try writePage(to: html)
    } else if subjects.isEmpty {
      throw UsageError(
        "give a report by name, results files, --html for a page or --all for all reports")
    } else if subjects.first == Subject.quantizationSystems.rawValue {
      let report = QuantizationSystemsReport(
        results: try merged(subjects.dropFirst()), peers: try peerMeasurements())
      try print(try report.document, on: console)
    } else if subjects.count == 1, let subject = Subject(rawValue: subjects[0]) {
      try print(subject, on: console)
    } else if subjects[0] == "kernels" {
      try print(try kernelReport(), on: console)
    } else if subjects[0] == "models" {
      try print(try modelReport(), on: console)
    } else if subjects[0] == "engines" {
      try print(try engineReport(), on: console)
    } else if subjects[0] == "validation" {
      try print(try kernelValidation(), on: console)
    } else {
      try printResults(on: console)
    }
  }

  private func writePage(to path: String) throws {
    let lists = PredictionPage.Lists(
      models: model, precisions: precision, devices: device, engine: engine)
    let page = try PredictionPage(lists, workload: try WorkloadOptions().workload())
    try OutputFile.write(try page.html(), to: path, option: "--html")
  }

  private func print(_ subject: Subject, on console: Console) throws {
    switch subject {
    case .llamaCppArticle: try print(try LlamaCppArticle().document, on: console)
    case .accuracy: console.print(try AccuracyReport().markdown(), terminator: "")
    case .accuracyDecodePlot:
      let plot = AccuracyPlot(
        try ValidatePublished(), family: .llamaCppDecode, title: "Decode of llama.cpp on GPUs")
      console.print(plot.chart.svg(), terminator: "")
    case .accuracyPrefillPlot:
      let plot = AccuracyPlot(
        try ValidatePublished(), family: .prefill, title: "Prefill of llama.cpp on GPUs")
      console.print(plot.chart.svg(), terminator: "")
    case .quantizationSystems:
      try print(
        try QuantizationSystemsReport(results: Results()).document, on: console)
    case .publishedSystems: try print(try PublishedSystemsReport().document, on: console)
    }
  }

  private func print(_ document: Document, on console: Console) throws {
    switch output {
    case .text: console.print(document.text(width: console.width), terminator: "")
    case .markdown: console.print(document.markdown(), terminator: "")
    case .csv, .json:
      throw UsageError("--output \(output.rawValue): a named report has text and markdown only")
    }
  }

  /// The report on the results files that follow the name.
  private func kernelReport() throws -> Document {
    guard subjects.count > 1 else {
      throw UsageError("kernels: name the results of 'ridgeline bench kernels' to report on")
    }
    return KernelReport(
      results: try merged(subjects.dropFirst()), peers: try peerMeasurements()
    ).document
  }

  private func peerMeasurements() throws -> [PeerMeasurements] {
    try peers.map { path in
      try PeerMeasurements.read(
        try InputPath.read(path, limit: 1 << 30, what: "file of measurements"), file: path)
    }
  }

  /// The report on the runs, a file each, that follow the name.
  private func kernelValidation() throws -> Document {
    guard subjects.count > 1, let device = device.first else {
      throw UsageError(
        "validation: name results of 'ridgeline bench kernels', one file for each run, and with"
          + " --device the calibrated profile to predict from")
    }
    let runs = try subjects.dropFirst().map { try merged([$0]) }
    return try KernelValidation(
      runs: runs, profile: try DeviceSelection.profile(device)
    ).document
  }

  /// The report on the results of whole models that follow the name.
  private func modelReport() throws -> Document {
    guard subjects.count > 1, let device = device.first else {
      throw UsageError(
        "models: name results of 'ridgeline bench --model' and, with --device, the calibrated"
          + " profile to predict from")
    }
    var results = Results<ModelResult>()
    for path in subjects.dropFirst() {
      let data = try InputPath.read(path, limit: 1 << 30, what: "results file")
      try results.merge(
        try Results([UInt8](data), file: path), allowsOtherMachines: machines == .all)
    }
    let profile = try DeviceSelection.profile(device)
    var predictions = try ModelResultPredictions(profile, files: model)
    return ModelReport(
      results: results, rows: try predictions.rows(results.entries.map(\.payload)),
      profile: profile, peers: try modelTests(peers)
    ).document
  }

  /// The report on tests of whole models by several engines, in files that follow the name.
  private func engineReport() throws -> Document {
    guard subjects.count > 1 else {
      throw UsageError(
        "engines: name tests in the fields of 'llama-bench -o json', of ridgeline and of others")
    }
    let report = EngineReport(tests: try modelTests(Array(subjects.dropFirst())))
    guard !report.table.pairs.isEmpty else {
      throw UsageError("engines: the files hold no test that ridgeline and another engine made")
    }
    return report.document
  }

  private func modelTests(_ paths: [String]) throws -> [PeerModelTest] {
    try paths.flatMap { path in
      try PeerModelTest.read(
        try InputPath.read(path, limit: 1 << 30, what: "file of measurements"), file: path)
    }
  }

  /// The results in some files, together.
  private func merged(_ paths: ArraySlice<String>) throws -> Results<KernelResult> {
    let known = Subject.allCases.map(\.rawValue)
    var merged = Results<KernelResult>()
    for path in paths {
      guard path.contains("/") || path.contains(".") else {
        throw UsageError(
          "'\(path)' is no report (\(known.joined(separator: ", "))) and no results file"
            + didYouMean(path, in: known, limit: 1))
      }
      let data = try InputPath.read(path, limit: 1 << 30, what: "results file")
      try merged.merge(
        try Results([UInt8](data), file: path), allowsOtherMachines: machines == .all)
    }
    return merged
  }

  private func printResults(on console: Console) throws {
    let merged = try merged(subjects[...])
    for torn in merged.tornFiles {
      console.warn("\(torn.file): the last line is cut off; \(torn.bytes) bytes were ignored")
    }
    guard device.count <= 1 else {
      throw UsageError("--device: results are predicted from one calibrated profile")
    }
    let predictor = try device.first.map {
      try KernelPredictions(try DeviceSelection.profile($0))
    }
    if !output.isForMachines {
      for machine in merged.machines { console.print("Measured on: \(machine)\n") }
    }
    for text in try BenchTable.texts(merged.entries, predictor, as: output) {
      console.print(text, terminator: "")
    }
  }
}
