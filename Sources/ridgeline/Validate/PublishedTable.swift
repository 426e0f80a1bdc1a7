import HardwareProfiles
import QuantizationFormats
import Roofline
import TransformerModels

/// Published measurements in the columns of `published-measurements.csv`.
struct PublishedTable {
  /// Columns by which the form is recognised.
  static let columns = ["device", "model", "precision_format", "metric", "value"]

  private let names: RunNames
  private let file: String

  init(file: String) throws {
    names = try RunNames()
    self.file = file
  }

  /// The speeds in the table; rows that cannot be predicted come with the reason.
  ///
  /// Rows that are no speed, such as memory, are left out.
  func runs(in records: CSVRecords) throws -> [Result<ModelRun, UnpredictableRun>] {
    try records.records.compactMap { record in
      guard let value = try number("value", in: record), value > 0,
        let speed = speed(record.fields["metric"] ?? "", value)
      else { return nil }
      return run(record, speed)
    }
  }

  private func speed(_ metric: String, _ value: Double) -> (isDecode: Bool, perSecond: Double)? {
    switch metric {
    case "decode_tok_s": (true, value)
    case "prefill_tok_s": (false, value)
    case "ms_per_token": (true, 1000 / value)
    default: nil
    }
  }

  private func run(
    _ record: CSVRecords.Record, _ speed: (isDecode: Bool, perSecond: Double)
  ) -> Result<ModelRun, UnpredictableRun> {
    func text(_ column: String) -> String { record.fields[column] ?? "" }
    let label =
      "line \(record.line): \(text("device")), \(text("model")), \(text("precision_format"))"
    // Tables write words such as "max" where a source is vague.
    let numbers = ["n_devices", "threads", "batch", "prompt_len", "gen_len_or_context"]
    for column in numbers {
      do throws(TableProblem) { _ = try number(column, in: record) } catch {
        return .failure(UnpredictableRun(label: label, obstacle: error.problem))
      }
    }
    func whole(_ column: String) -> Int? {
      (try? number(column, in: record)).flatMap { $0 }.map { Int($0) }
    }
    func obstacle(_ reason: String) -> Result<ModelRun, UnpredictableRun> {
      .failure(UnpredictableRun(label: label, obstacle: reason))
    }
    if let devices = whole("n_devices"), devices != 1 {
      return obstacle("measured on several devices, whose split is not stated")
    }
    guard let profile = names.profile(text("device")) else {
      return obstacle("no profile is called '\(text("device"))'")
    }
    guard let model = names.model(text("model")) else {
      return obstacle("no model is called '\(text("model"))'")
    }
    guard let precision = names.precision(text("precision_format")) else {
      return obstacle("no precision is called '\(text("precision_format"))'")
    }
    guard
      let pass = Self.pass(
        isDecode: speed.isDecode, prompt: whole("prompt_len"),
        generated: whole("gen_len_or_context"), batch: whole("batch") ?? 1)
    else { return obstacle("the lengths of prompt and answer are not stated") }
    return .success(
      ModelRun(
        label: label, model: model, precision: precision, profile: profile,
        threads: whole("threads"),
        pass: pass, engine: text("engine_backend").prefixWords, tokensPerSecond: speed.perSecond))
  }

  /// The pass that was timed; `nil` if the lengths are not known or impossible.
  static func pass(isDecode: Bool, prompt: Int?, generated: Int?, batch: Int) -> Pass? {
    let lengths = 0...Workload.limit
    guard (1...Workload.limit).contains(batch), lengths.contains(prompt ?? 0),
      lengths.contains(generated ?? 0)
    else { return nil }
    if isDecode {
      guard let generated, generated > 0 else { return nil }
      return Pass(sequences: batch, decodeSteps: generated, cachedBefore: prompt ?? 0)
    }
    guard let prompt, prompt > 0 else { return nil }
    // One token generated after the prompt is how some tools spell a prefill.
    let cached = (generated ?? 0) > 1 ? generated ?? 0 : 0
    return Pass(sequences: batch, newTokens: prompt, cachedBefore: cached)
  }

  /// A number; tables write `~5` for about five.
  private func number(
    _ column: String, in record: CSVRecords.Record
  ) throws(TableProblem) -> Double? {
    let text = (record.fields[column] ?? "").drop { $0 == "~" }
    guard !text.isEmpty else { return nil }
    guard let value = Double(text), value.isFinite, value.magnitude < 1e15 else {
      throw TableProblem(
        file: file, line: record.line, problem: "\(column) is '\(text)', not a number")
    }
    return value
  }
}

extension String {
  /// The name of an engine without version and backend: "llama.cpp CUDA 12.1" is "llama.cpp".
  fileprivate var prefixWords: String { String(prefix { $0 != " " && $0 != "," }) }
}
