/// A problem in a table: which file, which line, what.
public struct TableProblem: Error, CustomStringConvertible {
  /// The file.
  public let file: String
  /// The line, the first being 1.
  public let line: Int
  /// What is wrong.
  public let problem: String

  /// Describes a problem at a line, the first being 1.
  public init(file: String, line: Int, problem: String) {
    self.file = file
    self.line = line
    self.problem = problem
  }

  /// Where and what.
  public var description: String { "\(file), line \(line): \(problem)" }
}

/// The records of a CSV file with a header, as RFC 4180 quotes them.
public struct CSVRecords: Sendable {
  /// A record by the names of the header.
  public struct Record: Sendable {
    /// The line it starts at, the header being line 1.
    public let line: Int
    /// Its fields by column.
    public let fields: [String: String]
  }

  /// The names of the header.
  public let columns: [String]
  /// The records in the order of the file; empty lines are none.
  public let records: [Record]

  /// Reads the text of `file`.
  ///
  /// - Throws: `TableProblem` for an empty file, a column named twice, a record with another number
  ///   of fields than the header, or a quote that is never closed.
  public init(_ text: String, file: String) throws(TableProblem) {
    var rows = try Self.rows(of: text, file: file)
    guard !rows.isEmpty else { throw TableProblem(file: file, line: 1, problem: "is empty") }
    let header = rows.removeFirst().fields
    columns = header
    guard Set(header).count == header.count else {
      throw TableProblem(file: file, line: 1, problem: "names a column twice")
    }
    var records: [Record] = []
    for row in rows {
      guard row.fields.count == header.count else {
        throw TableProblem(
          file: file, line: row.line,
          problem: "has \(row.fields.count) fields, the header \(header.count)")
      }
      records.append(
        Record(line: row.line, fields: Dictionary(uniqueKeysWithValues: zip(header, row.fields))))
    }
    self.records = records
  }

  private static func rows(
    of text: String, file: String
  ) throws(TableProblem) -> [(line: Int, fields: [String])] {
    var rows: [(line: Int, fields: [String])] = []
    var fields: [String] = []
    var field: [UInt8] = []
    var (line, start) = (1, 1)
    var isQuoted = false
    var isAfterQuote = false
    func decoded(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\n") { line += 1 }
      switch byte {
      case UInt8(ascii: "\""):
        // A quote right after a closing one is the second of a pair, which stands for one.
        if isAfterQuote, !isQuoted { field.append(byte) }
        isQuoted.toggle()
        isAfterQuote = true
        continue
      case UInt8(ascii: ",") where !isQuoted:
        fields.append(decoded(field))
        field = []
      case UInt8(ascii: "\r") where !isQuoted: break
      case UInt8(ascii: "\n") where !isQuoted:
        if !fields.isEmpty || !field.isEmpty { rows.append((start, fields + [decoded(field)])) }
        (fields, field, start) = ([], [], line)
      default: field.append(byte)
      }
      isAfterQuote = false
    }
    guard !isQuoted else {
      throw TableProblem(file: file, line: start, problem: "a quote is never closed")
    }
    if !fields.isEmpty || !field.isEmpty { rows.append((start, fields + [decoded(field)])) }
    return rows
  }
}
