/// Tables of published figures that the binary carries, as comma-separated values.
enum PublishedTable {
  /// The rows of a table, each as values by column.
  static func records(_ name: String) throws(PublishedTableError) -> [[String: String]] {
    guard let file = EmbeddedData.files.first(where: { "\($0.name)" == name }) else {
      throw PublishedTableError(line: 0, problem: "\(name).csv is missing")
    }
    let lines = "\(file.text)".split(separator: "\n")
    guard let header = lines.first else {
      throw PublishedTableError(line: 0, problem: "\(name).csv is empty")
    }
    let columns = fields(of: header)
    var records: [[String: String]] = []
    for (index, line) in lines.enumerated().dropFirst() {
      let values = fields(of: line)
      guard values.count == columns.count else {
        throw PublishedTableError(line: index + 1, problem: "has \(values.count) fields")
      }
      records.append(Dictionary(zip(columns, values)) { first, _ in first })
    }
    return records
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
