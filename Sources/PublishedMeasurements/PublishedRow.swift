/// One row of `Data/published-single-device.csv`: a speed that someone measured and published.
///
/// The file is the project's table of single-device measurements, with the batch of each row, which
/// the wider table `published-measurements.csv` gives, as an additional column.
public struct PublishedRow: Sendable {
  /// What was timed.
  public enum Kind: String, Sendable {
    case decode, prefill
  }

  /// The line of the file, the header being line 1.
  public let line: Int
  /// Where it was published.
  public let source: String
  /// The name under which the table knows the device.
  public let device: String
  /// The name that the source gives the device.
  public let deviceAtSource: String
  /// The model as the table names it.
  public let model: String
  /// The precision as the source names it.
  public let precision: String
  /// The engine and its back end.
  public let engine: String
  /// Threads of a CPU.
  public let threads: Int?
  /// Sequences together.
  public let batch: Int
  /// Prompt tokens.
  public let prompt: Int?
  /// Tokens generated, or for prefill of llama-bench the tokens that were cached before.
  public let generatedOrContext: Int?
  /// What was timed.
  public let kind: Kind
  /// Tokens per second.
  public let tokensPerSecond: Double
  /// Size of the weights, and whether the source states it.
  public let fileBytes: Double?
  /// Whether the source states the size.
  public let isSizeStated: Bool
  /// Tokens in the cache during decode, on average.
  public let meanContext: Double
  /// The subset that the table sorts it into.
  public let subset: String
  /// How the row was read: at the source, in copies, in one or two transcriptions.
  public let provenance: String
  /// The date or version that the source gives.
  public let version: String
  /// The family of devices that the table sorts it into.
  public let deviceFamily: String

  /// What the row is about, for a message.
  public var label: String {
    "line \(line): \(deviceAtSource), \(model), \(precision), \(engine)"
      + (threads.map { ", \($0) threads" } ?? "") + ", \(kind.rawValue)"
      + (prompt.map { " \($0)" } ?? "") + (batch > 1 ? " x \(batch)" : "")
  }
}

/// A table that cannot be read: which line, what is wrong.
public struct PublishedTableError: Error, CustomStringConvertible {
  /// The line of the file, the header being line 1.
  public let line: Int
  /// What is wrong.
  public let problem: String

  /// Where and what.
  public var description: String { "published table, line \(line): \(problem)" }
}

extension PublishedRow {
  /// All rows, in the order of the file.
  public static func all() throws(PublishedTableError) -> [PublishedRow] {
    var rows: [PublishedRow] = []
    for (index, record) in try PublishedTable.records("published-single-device").enumerated() {
      rows.append(try PublishedRow(record, line: index + 2))
    }
    return rows
  }

  private init(_ record: [String: String], line: Int) throws(PublishedTableError) {
    func text(_ column: String) throws(PublishedTableError) -> String {
      guard let value = record[column] else {
        throw PublishedTableError(line: line, problem: "there is no column \(column)")
      }
      return value
    }
    /// A number; the table writes `~5` for about five.
    func number(_ column: String) throws(PublishedTableError) -> Double? {
      let value = try text(column).drop { $0 == "~" }
      guard !value.isEmpty else { return nil }
      guard let number = Double(value) else {
        throw PublishedTableError(line: line, problem: "\(column) is '\(value)', not a number")
      }
      return number
    }
    guard let kind = Kind(rawValue: try text("kind")), let value = try number("value"),
      let meanContext = try number("mean_context"), let batch = try number("batch")
    else { throw PublishedTableError(line: line, problem: "lacks kind, value, context or batch") }
    self.line = line
    source = try text("source_url")
    device = try text("device_canonical")
    deviceAtSource = try text("device")
    model = try text("model")
    precision = try text("precision_format")
    engine = try text("engine_backend")
    threads = try number("threads").map { Int($0) }
    self.batch = Int(batch)
    prompt = try number("prompt_len").map { Int($0) }
    generatedOrContext = try number("gen_len_or_context").map { Int($0) }
    self.kind = kind
    switch try text("metric") {
    case "decode_tok_s", "prefill_tok_s": tokensPerSecond = value
    case "ms_per_token": tokensPerSecond = 1000 / value
    case let metric: throw PublishedTableError(line: line, problem: "unknown metric \(metric)")
    }
    fileBytes = try number("weights_file_bytes")
    isSizeStated = try text("size_source") == "stated"
    self.meanContext = meanContext
    subset = try text("subset")
    provenance = try text("provenance")
    version = try text("source_date_or_version")
    deviceFamily = try text("family")
  }
}
