import CommandLineKit
import HardwareProfiles
import QuantizationFormats
import Reports
import Roofline
import TransformerModels
import Units

/// `ridgeline compare`: `predict` over lists.
struct CompareCommand: Command {
  static let name = "compare"
  static let summary = "Predicts every combination of models, precisions, devices and batches."
  static let discussion = """
    Rows are printed as they are computed, so that hundreds of thousands of combinations need no \
    memory. With --columns, one axis runs across the table and --value says what its cells show.
    """
  static var examples: [Example] {
    [
      Example(
        "ridgeline compare --model llama-2-7b,llama-3-8b --precision f16,q8_0,q4_k_m"
          + " --device nvidia-rtx-4090,apple-m2-max-38-core-gpu", "twelve predictions"),
      Example(
        "ridgeline compare --model llama-3-8b --precision q4_k_m --device all --output csv",
        "every device, for a spreadsheet"),
      Example(
        "ridgeline compare --model llama-2-7b --precision f16,q4_0 --device nvidia-l4,nvidia-t4"
          + " --columns precision --value decode --output markdown", "a small table for a report"),
    ]
  }

  var model: [String] = []
  var precision: [String] = []
  var kvPrecision: String?
  var device: [String] = []
  var batch = [1]
  var context: [Int] = []
  var prompt = 512
  var generate = 128
  var threads: Int?
  var engine: String?
  var columns: Axis?
  var value = PivotValue.decode
  var svg: String?
  var html: String?
  var output = OutputFormat.text

  static var options: [Option<Self>] {
    [
      .list(
        "--model", \.model, "Model ids or paths; 'all' for the whole catalog.",
        placeholder: "id|path"),
      .list(
        "--precision", \.precision,
        "Precision ids; 'all' for every one that 'ridgeline list precisions' shows; left out: as"
          + " the file is stored, f16 for a model id.",
        placeholder: "id"),
      .value("--kv-precision", \.kvPrecision, "Format of every KV cache.", placeholder: "id"),
      .list(
        "--device", \.device, "Device ids or paths; 'all' for every profile.",
        placeholder: "id|path"),
      .list("--batch", \.batch, "Sequences together.", limit: .between(1, Workload.limit)),
      .list(
        "--context", \.context, "Decode at these contexts instead of averaging.",
        limit: .between(1, Workload.limit)),
      .value("--prompt", \.prompt, "Prompt tokens.", limit: .between(0, Workload.limit)),
      .value("--generate", \.generate, "Generated tokens.", limit: .between(0, Workload.limit)),
      .value("--threads", \.threads, "CPU cores in use.", limit: .atLeast(1)),
      .value(
        "--engine", \.engine,
        "Whose losses to expect; left out: the usual engine for each device and precision.",
        placeholder: "id[@YYYY-MM]"),
      .value("--columns", \.columns, "The axis that runs across the table."),
      .value("--value", \.value, "What --svg and the cells of a table with --columns show."),
      .value(
        "--html", \.html, "Also write the comparison as an interactive page.", placeholder: "path"),
      .value("--svg", \.svg, "Also draw the comparison into this file.", placeholder: "path"),
      .value("--output", \.output, "Format of the result."),
    ]
  }

  func run(on console: Console) throws {
    let grid = try ComparisonGrid(self)
    if let html { try writePage(to: html) }
    if let svg { try draw(grid, to: svg, console: console) }
    if let columns {
      let pivot = try Pivot(rows: grid, columns: columns, value: value, console: console)
      console.print(try pivot.table.text(as: output), terminator: "")
    } else if grid.count <= Self.alignedRows, !output.isForMachines {
      var rows: [ComparisonRow] = []
      try grid.forEachRow(console: console) { rows.append($0) }
      let table = Table(columns: ComparisonRow.columns, rows: rows)
      console.print(try table.text(as: output), terminator: "")
    } else {
      try stream(grid, console: console)
    }
  }

  private func writePage(to path: String) throws {
    let lists = PredictionPage.Lists(
      models: model, precisions: precision, devices: device, kvPrecision: kvPrecision,
      engine: engine)
    let workload = try WorkloadOptions(
      batch: batch.first ?? 1, prompt: prompt, generate: generate, context: context.first
    ).workload()
    try OutputFile.write(
      try PredictionPage(lists, workload: workload).html(), to: path, option: "--html")
  }

  private func draw(_ grid: ComparisonGrid, to path: String, console: Console) throws {
    guard grid.count <= Self.alignedRows else {
      throw UsageError("--svg: \(grid.count) predictions are too many for a picture")
    }
    var rows: [ComparisonRow] = []
    try grid.forEachRow(console: console) { rows.append($0) }
    try OutputFile.write(
      ComparisonChart(rows, value: value).chart.svg(), to: path, option: "--svg")
  }

  /// Tables up to this length are aligned to their cells; longer ones are streamed.
  private static let alignedRows = 2000

  private func stream(_ grid: ComparisonGrid, console: Console) throws {
    var writer = TableWriter(columns: ComparisonRow.columns, format: output)
    var sink = console.standardOutput
    try grid.forEachRow(console: console) { row in
      try writer.write(row, to: &sink)
      try sink.check()
    }
    writer.finish(&sink)
  }
}
