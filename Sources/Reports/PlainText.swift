/// Makes text from outside safe to print: no line ends in a cell, no terminal escapes, no
/// invisible reordering.
enum PlainText {
  /// One line: white space becomes a space, control characters the replacement character.
  static func line(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return text }
    var clean = String.UnicodeScalarView()
    var isAfterReturn = false
    for scalar in text.unicodeScalars {
      // CR LF is one line end.
      if !(scalar == "\n" && isAfterReturn) { clean.append(printable(scalar)) }
      isAfterReturn = scalar == "\r"
    }
    return String(clean)
  }

  /// Several lines: line ends stay, the rest as in `line`.
  static func lines(_ text: String) -> [String] {
    text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map {
      line(String($0))
    }
  }

  private static func printable(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar {
    case "\t", "\n", "\r", "\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\u{2029}": " "
    case "\u{0}"..<"\u{20}", "\u{7f}"..."\u{9f}": "\u{fffd}"
    // Embeddings, overrides and isolates make text read differently from what it is.
    case "\u{202a}"..."\u{202e}", "\u{2066}"..."\u{2069}": "\u{fffd}"
    default: scalar
    }
  }
}
