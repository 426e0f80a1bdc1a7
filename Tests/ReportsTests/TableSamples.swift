import Reports

struct Sample {
  var name: String?
  var batch: Int?
  var seconds: Double?
  var bytes: Double?
  var fits: Bool?

  static var columns: [Column<Sample>] {
    [
      .text("Model", key: "model", streamedWidth: 12, value: \.name),
      .integer("Batch", key: "batch", streamedWidth: 6, value: \.batch),
      .number(
        "Prefill", key: "prefill_seconds", style: .seconds, streamedWidth: 9, value: \.seconds),
      .number(
        "Memory", key: "memory_bytes", style: .fixed("GB", per: 1e9), streamedWidth: 11,
        value: \.bytes),
      .boolean("Fits", key: "fits", value: \.fits),
    ]
  }

  static let rows = [
    Sample(name: "llama-3-8b", batch: 1, seconds: 0.0019438, bytes: 16_060_522_496, fits: true),
    Sample(name: "opt-66b", batch: 1024, seconds: 75, bytes: nil, fits: false),
    Sample(name: nil, batch: nil, seconds: nil, bytes: nil, fits: nil),
  ]

  /// Names chosen to break each format.
  static let hostileNames = [
    "", " ", "a,b", "a|b", "a\nb", "a\r\nb", "\"", "a\"b", "=cmd()", "+1", "-1", "@x", "\tx", "\rx",
    "\nx", "日本語", "e\u{301}e\u{301}", "👨‍👩‍👧‍👦", "\u{301}", "|\u{301}", "\u{1b}[31mred", "\u{202e}abc",
    "<script>", "&lt;", "`code`", "**bold**", "[x](y)", "\\", "\\|", "~~x~~", "_em_", "q4_k_m", "'",
    "\u{0}", "–", "\u{2028}",
  ]

  static var hostileTable: Table<Sample> {
    Table(
      columns: columns, rows: hostileNames.map { Sample(name: $0, batch: 1, fits: true) })
  }
}

extension OutputFormat {
  /// The table as `TableWriter` streams it, in pieces to a string.
  func streamed<Row>(_ columns: [Column<Row>], _ rows: [Row]) throws -> String {
    var text = ""
    var writer = TableWriter(columns: columns, format: self)
    for row in rows { try writer.write(row, to: &text) }
    writer.finish(&text)
    return text
  }
}

/// The records of a CSV text, read as RFC 4180 says.
func readCSV(_ text: String) -> [[String]] {
  var records: [[String]] = []
  var record: [String] = []
  var field = String.UnicodeScalarView()
  var isQuoted = false
  var rest = text.unicodeScalars[...]
  while let scalar = rest.popFirst() {
    switch scalar {
    case "\"" where isQuoted && rest.first == "\"":
      field.append(scalar)
      rest.removeFirst()
    case "\"": isQuoted.toggle()
    case "," where !isQuoted:
      record.append(String(field))
      field.removeAll()
    case "\n" where !isQuoted:
      records.append(record + [String(field)])
      record = []
      field.removeAll()
    default: field.append(scalar)
    }
  }
  return records
}
