/// Writes plain text so that GitHub-flavoured Markdown shows exactly that text.
enum MarkdownText {
  /// The cells must be single lines already; those at the indices in `bold` are set in bold.
  static func appendRow(_ cells: [String], bold: [Int] = [], to text: inout String) {
    text += "|"
    for (index, cell) in cells.enumerated() {
      let mark = bold.contains(index) ? "**" : ""
      text += cell.isEmpty ? "  |" : " " + mark + escaped(cell) + mark + " |"
    }
    text += "\n"
  }

  static func appendRule(_ alignments: [Alignment], to text: inout String) {
    text += "|"
    for alignment in alignments { text += alignment == .left ? ":---|" : "---:|" }
    text += "\n"
  }

  /// Text within a line: every character that could start markup is escaped, "q4_k_m" is not.
  static func inline(_ text: String) -> String {
    escaped(PlainText.line(text))
  }

  /// By scalars, since a combining mark after a pipe does not hide the pipe from Markdown.
  private static func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: isSpecial) else { return text }
    var result = String.UnicodeScalarView()
    var previous: Unicode.Scalar = " "
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "<": result += "&lt;".unicodeScalars
      case "&": result += "&amp;".unicodeScalars
      case "\\", "|", "`", "*", "[", "]", "~": result += ["\\", scalar]
      // Between letters an underscore is only an underscore.
      case "_" where !(previous.isWordPart && (rest.first?.isWordPart ?? false)):
        result += ["\\", scalar]
      default: result.append(scalar)
      }
      previous = scalar
    }
    return String(result)
  }

  /// A line of its own: also keeps a first character from starting a list, heading or quotation.
  static func line(_ text: String) -> String {
    let text = inline(text)
    guard let first = text.first else { return text }
    if "#>+-=".contains(first) { return "\\" + text }
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    if !digits.isEmpty, let mark = text.dropFirst(digits.count).first, ".)".contains(mark) {
      return digits + "\\" + text.dropFirst(digits.count)
    }
    return text
  }

  /// The target of a link; anything but letters, digits and ".-_/" is percent-encoded.
  static func target(_ path: String) -> String {
    var text = ""
    for byte in path.utf8 {
      let scalar = Unicode.Scalar(byte)
      let isPlain =
        scalar.isASCII
        && (scalar.properties.isAlphabetic || "0123456789.-_/".unicodeScalars.contains(scalar))
      if isPlain {
        text.unicodeScalars.append(scalar)
      } else {
        let hexadecimal = String(byte, radix: 16, uppercase: true)
        text += "%" + (hexadecimal.count < 2 ? "0" : "") + hexadecimal
      }
    }
    return text
  }

  /// A fenced block whose fence is longer than any run of backticks inside.
  static func codeBlock(_ code: String, language: String) -> String {
    var longest = 0
    var run = 0
    for byte in code.utf8 {
      run = byte == UInt8(ascii: "`") ? run + 1 : 0
      longest = max(longest, run)
    }
    let fence = String(repeating: "`", count: max(3, longest + 1))
    let body = code.hasSuffix("\n") || code.isEmpty ? code : code + "\n"
    return fence + language + "\n" + body + fence + "\n"
  }

  private static func isSpecial(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "<"), UInt8(ascii: "&"), UInt8(ascii: "\\"), UInt8(ascii: "|"),
      UInt8(ascii: "`"), UInt8(ascii: "*"), UInt8(ascii: "["), UInt8(ascii: "]"),
      UInt8(ascii: "~"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}

extension Unicode.Scalar {
  fileprivate var isWordPart: Bool {
    properties.isAlphabetic || properties.numericType != nil || self == "_"
  }
}
