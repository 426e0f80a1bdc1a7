import Foundation

/// One row of `Resources/published-single-device.csv`: a speed that someone measured and published.
///
/// The file is the project's table of single-device measurements, with the batch of each row, which
/// the wider table `published-measurements.csv` gives, as an additional column.
struct PublishedRow: Sendable {
  /// What was timed.
  enum Kind: String, Sendable {
    case decode, prefill
  }

  /// The line of the file, the header being line 1.
  let line: Int
  let source: String
  /// The name under which the table knows the device.
  let device: String
  /// The name that the source gives the device.
  let deviceAtSource: String
  let model: String
  let precision: String
  let engine: String
  let threads: Int?
  let batch: Int
  let prompt: Int?
  /// Tokens generated, or for prefill of llama-bench the tokens that were cached before.
  let generatedOrContext: Int?
  let kind: Kind
  let tokensPerSecond: Double
  /// Size of the weights, and whether the source states it.
  let fileBytes: Double?
  let isSizeStated: Bool
  /// Tokens in the cache during decode, on average.
  let meanContext: Double
  let subset: String

  /// What the row is about, for a message.
  var label: String {
    "line \(line): \(deviceAtSource), \(model), \(precision), \(engine)"
      + (threads.map { ", \($0) threads" } ?? "") + ", \(kind.rawValue)"
      + (prompt.map { " \($0)" } ?? "") + (batch > 1 ? " x \(batch)" : "")
  }
}

/// A table that cannot be read: which line, what is wrong.
struct PublishedTableError: Error, CustomStringConvertible {
  let line: Int
  let problem: String

  var description: String { "published-single-device.csv, line \(line): \(problem)" }
}

extension PublishedRow {
  /// All rows, in the order of the file.
  static func all() throws(PublishedTableError) -> [PublishedRow] {
    guard
      let url = Bundle.module.url(
        forResource: "published-single-device", withExtension: "csv", subdirectory: "Resources"),
      let text = try? String(contentsOf: url, encoding: .utf8)
    else { throw PublishedTableError(line: 0, problem: "is missing") }
    let lines = text.split(separator: "\n")
    guard let header = lines.first else { throw PublishedTableError(line: 0, problem: "is empty") }
    let columns = fields(of: header)
    var rows: [PublishedRow] = []
    for (index, line) in lines.enumerated().dropFirst() {
      let values = fields(of: line)
      guard values.count == columns.count else {
        throw PublishedTableError(line: index + 1, problem: "has \(values.count) fields")
      }
      let record = Dictionary(zip(columns, values)) { first, _ in first }
      rows.append(try PublishedRow(record, line: index + 1))
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
  }

  /// The fields of a line; a field in quotes may contain commas and doubled quotes.
  private static func fields(of line: Substring) -> [String] {
    var fields: [String] = []
    var field: [UInt8] = []
    var isQuoted = false
    var isAfterQuote = false
    for byte in line.utf8 {
      switch byte {
      case UInt8(ascii: "\""):
        // A quote right after a closing one is the second of a pair, which stands for one.
        if isAfterQuote && !isQuoted { field.append(byte) }
        isQuoted.toggle()
        isAfterQuote = true
        continue
      case UInt8(ascii: ",") where !isQuoted:
        fields.append(String(decoding: field, as: UTF8.self))
        field = []
      default: field.append(byte)
      }
      isAfterQuote = false
    }
    return fields + [String(decoding: field, as: UTF8.self)]
  }
}
