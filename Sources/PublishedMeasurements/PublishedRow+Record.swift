import Roofline

extension PublishedRow {
  /// Columns without which a table is none of published measurements.
  public static let requiredColumns = ["device", "model", "precision_format", "metric", "value"]

  /// All rows that the binary carries, in the order of the files.
  public static func all() throws(TableProblem) -> [PublishedRow] {
    var rows: [PublishedRow] = []
    for table in ["published-single-device", "several-tokens"] {
      for record in try PublishedTable.records(table) {
        rows.append(try PublishedRow(record, file: "\(table).csv"))
      }
    }
    return rows
  }

  /// Whether a record is about a speed; tables also list memory, energy and more.
  public static func isSpeed(_ record: CSVRecords.Record) -> Bool {
    phase(of: record) != nil && record.fields["value"] != ""
  }

  private static func phase(of record: CSVRecords.Record) -> Kind? {
    switch record.fields["metric"] {
    case "decode_tok_s", "ms_per_token": .decode
    case "prefill_tok_s": .prefill
    default: nil
    }
  }

  /// Reads a record.
  ///
  /// Columns that it lacks, other than `requiredColumns`, count as empty.
  ///
  /// - Throws: `TableProblem` for an unknown metric, for words where a number belongs, for lengths
  ///   beyond `Workload.limit`, and where neither lengths nor a mean context are stated.
  public init(_ record: CSVRecords.Record, file: String) throws(TableProblem) {
    let fields = Fields(record: record, file: file)
    guard let kind = Self.phase(of: record) else {
      throw fields.problem("unknown metric '\(fields.text("metric"))'")
    }
    guard let value = try fields.number("value"), value > 0 else {
      throw fields.problem("value is not above zero")
    }
    line = record.line
    source = fields.text("source_url")
    deviceAtSource = fields.text("device")
    let canonical = fields.text("device_canonical")
    device = canonical.isEmpty ? deviceAtSource : canonical
    model = fields.text("model")
    precision = fields.text("precision_format")
    engine = fields.text("engine_backend")
    threads = try fields.count("threads", in: 1...Workload.limit)
    deviceCount = try fields.count("n_devices", in: 1...Workload.limit) ?? 1
    batch = try fields.count("batch", in: 1...Workload.limit) ?? 1
    prompt = try fields.count("prompt_len", in: 0...Workload.limit)
    generatedOrContext = try fields.count("gen_len_or_context", in: 0...Workload.limit)
    self.kind = kind
    tokensPerSecond = fields.text("metric") == "ms_per_token" ? 1000 / value : value
    fileBytes = try fields.number("weights_file_bytes")
    isSizeStated = fields.text("size_source") == "stated"
    if let stated = try fields.number("mean_context") {
      meanContext = stated
    } else if kind == .decode, let generated = generatedOrContext, generated > 0 {
      meanContext = Double(prompt ?? 0) + Double(generated) / 2
    } else if kind == .prefill, let prompt, prompt > 0 {
      meanContext = Double(prompt) / 2
    } else {
      throw fields.problem("the lengths of prompt and answer are not stated")
    }
    subset = fields.text("subset")
    provenance = fields.text("provenance")
    version = fields.text("source_date_or_version")
    deviceFamily = fields.text("family")
  }
}

/// The fields of a record as text and numbers.
private struct Fields {
  let record: CSVRecords.Record
  let file: String

  func problem(_ problem: String) -> TableProblem {
    TableProblem(file: file, line: record.line, problem: problem)
  }

  func text(_ column: String) -> String { record.fields[column] ?? "" }

  /// A number; tables write `~5` for about five.
  func number(_ column: String) throws(TableProblem) -> Double? {
    let text = text(column).drop { $0 == "~" }
    guard !text.isEmpty else { return nil }
    guard let value = Double(text), value.isFinite, value.magnitude < 1e15 else {
      throw problem("\(column) is '\(text)', not a number")
    }
    return value
  }

  /// A whole number, rounded down.
  func count(_ column: String, in range: ClosedRange<Int>) throws(TableProblem) -> Int? {
    guard let value = try number(column) else { return nil }
    guard range.contains(Int(value)) else {
      throw problem(
        "\(column) is \(text(column)), not within \(range.lowerBound) to \(range.upperBound)")
    }
    return Int(value)
  }
}
