/// Writes plain text so that XML and HTML show exactly that text.
public enum MarkupText {
  /// One line, safe in elements and in quoted attributes.
  public static func escaped(_ text: String) -> String {
    encoded(PlainText.line(text))
  }

  /// Several lines, safe in elements.
  static func escapedLines(_ text: String) -> String {
    PlainText.lines(text).map(encoded).joined(separator: "\n")
  }

  private static func encoded(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isSpecial) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "<": result += "&lt;".unicodeScalars
      case ">": result += "&gt;".unicodeScalars
      case "&": result += "&amp;".unicodeScalars
      case "\"": result += "&quot;".unicodeScalars
      case "'": result += "&#39;".unicodeScalars
      // XML has no way to write these two.
      case "\u{fffe}", "\u{ffff}": result.append("\u{fffd}")
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  private static func isSpecial(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "<", ">", "&", "\"", "'", "\u{fffe}", "\u{ffff}": true
    default: false
    }
  }
}
