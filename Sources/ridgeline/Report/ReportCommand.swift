import BenchmarkSuites
import CommandLineKit
import Engines
import Measurement
import Reports

/// `ridgeline report`: the reports that are kept under `reports/`, and tables of results files.
struct ReportCommand: Command {
  static let name = "report"
  static let summary = "Writes a report that is kept under reports/, or merges results into one."
  static let discussion = """
    Reports by name are the same byte for byte whenever they are written. Files of 'ridgeline bench' \
    are merged into one table; results of different machines stand side by side only with \
    --machines all.
    """
  static var examples: [Example] {
    [
      Example(
        "ridgeline report llama-cpp-article --output markdown",
        "the figures of a well-known article beside ours"),
      Example("ridgeline report results/shard-1.jsonl results/shard-2.jsonl", "two shares in one"),
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
  var device: String?
  var output = OutputFormat.markdown

  static var arguments: [Argument<Self>] {
    [.rest("report", \.subjects, "A report by name, or results files.")]
  }

  static var options: [Option<Self>] {
    [
      .value("--machines", \.machines, "Whether results of several machines may be merged."),
      .value(
        "--device", \.device, "Calibrated profile to predict the results from.",
        placeholder: "id|path"),
      .value("--output", \.output, "Format of the report; named ones have text and markdown."),
    ]
  }

  func run(on console: Console) throws {
    if subjects.first == Subject.quantizationSystems.rawValue {
      let results = try merged(subjects.dropFirst()).entries.map(\.payload)
      try print(try QuantizationSystemsReport(results: results).document, on: console)
    } else if subjects.count == 1, let subject = Subject(rawValue: subjects[0]) {
      try print(subject, on: console)
    } else {
      try printResults(on: console)
    }
  }

  private func print(_ subject: Subject, on console: Console) throws {
    switch subject {
    case .llamaCppArticle: try print(try LlamaCppArticle().document, on: console)
    case .accuracy: console.print(try AccuracyReport().markdown(), terminator: "")
    case .accuracyDecodePlot:
      let plot = AccuracyPlot(
        try ValidatePublished(), family: .llamaCppDecode, title: "Decode of llama.cpp on GPUs")
      console.print(plot.svg, terminator: "")
    case .accuracyPrefillPlot:
      let plot = AccuracyPlot(
        try ValidatePublished(), family: .prefill, title: "Prefill of llama.cpp on GPUs")
      console.print(plot.svg, terminator: "")
    case .quantizationSystems:
      try print(try QuantizationSystemsReport(results: []).document, on: console)
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
    let predictor = try device.map { try KernelPredictions(try DeviceSelection.profile($0)) }
    if !output.isForMachines {
      for machine in merged.machines { console.print("Measured on: \(machine)\n") }
    }
    for text in try BenchTable.texts(merged.entries, predictor, as: output) {
      console.print(text, terminator: "")
    }
  }
}
