/// Fields as RFC 4180 quotes them, safe to open in a spreadsheet.
enum CSVText {
  static func append(_ cell: Cell, to text: inout String) {
    switch cell {
    case .text(let value): appendText(value, to: &text)
    case .boolean(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .number(let value) where value.isFinite: appendJSONNumber(value, to: &text)
    case .number(let value): text += NumberText.nonFinite(value)
    case .missing: break
    }
  }

  /// An empty text is quoted, to tell it from a missing one.
  ///
  /// A text that a spreadsheet would run as a formula gets a leading apostrophe.
  static func appendText(_ value: String, to text: inout String) {
    let isFormula = value.utf8.first.map(startsFormula) ?? false
    let value = isFormula ? "'" + value : value
    guard value.isEmpty || value.utf8.contains(where: needsQuotes) else {
      text += value
      return
    }
    text += "\""
    for scalar in value.unicodeScalars {
      if scalar == "\"" { text += "\"" }
      text.unicodeScalars.append(scalar)
    }
    text += "\""
  }

  private static func startsFormula(_ byte: UInt8) -> Bool {
    "=+-@\t\r\n".utf8.contains(byte)
  }

  /// Separator, quote, line ends and other control characters.
  private static func needsQuotes(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte < 0x20
  }
}
