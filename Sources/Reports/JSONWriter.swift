/// Why a value cannot be written as JSON.
public enum JSONError: Error, Equatable, CustomStringConvertible {
  /// JSON has no notation for infinity and "not a number"; `path` is as in `rows[3].seconds`.
  case nonFinite(path: String)

  /// What is wrong and where.
  public var description: String {
    switch self {
    case .nonFinite(let path):
      "\(path.isEmpty ? "the value" : path) is not a finite number, which JSON cannot express"
    }
  }
}

/// How JSON is laid out.
public enum JSONLayout: Sendable {
  /// One member per line, indented by two spaces, with a final line end.
  case pretty

  /// No white space at all.
  case compact
}

extension JSONValue {
  /// The document as JSON text; fails on a number that is infinite or not a number.
  public func text(_ layout: JSONLayout = .pretty) throws(JSONError) -> String {
    var writer = JSONWriter(isPretty: layout == .pretty)
    try writer.append(self)
    if layout == .pretty { writer.text += "\n" }
    return writer.text
  }
}

private struct JSONWriter {
  private enum Step {
    case member(String)
    case element(Int)
  }

  let isPretty: Bool
  var text = ""
  private var path: [Step] = []

  init(isPretty: Bool) {
    self.isPretty = isPretty
  }

  mutating func append(_ value: JSONValue) throws(JSONError) {
    switch value {
    case .null: text += "null"
    case .boolean(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .string(let value): appendJSONString(value, to: &text)
    case .number(let value):
      guard value.isFinite else { throw .nonFinite(path: pathText) }
      appendJSONNumber(value, to: &text)
    case .array(let elements): try append(elements)
    case .object(let object): try append(object)
    }
  }

  private mutating func append(_ elements: [JSONValue]) throws(JSONError) {
    text += "["
    for (index, element) in elements.enumerated() {
      path.append(.element(index))
      startItem(index)
      try append(element)
      path.removeLast()
    }
    finish(isEmpty: elements.isEmpty)
    text += "]"
  }

  private mutating func append(_ object: JSONObject) throws(JSONError) {
    text += "{"
    for (index, member) in object.members.enumerated() {
      path.append(.member(member.name))
      startItem(index)
      appendJSONString(member.name, to: &text)
      text += isPretty ? ": " : ":"
      try append(member.value)
      path.removeLast()
    }
    finish(isEmpty: object.members.isEmpty)
    text += "}"
  }

  private mutating func startItem(_ index: Int) {
    if index > 0 { text += "," }
    breakLine()
  }

  private mutating func finish(isEmpty: Bool) {
    if !isEmpty { breakLine() }
  }

  private mutating func breakLine() {
    guard isPretty else { return }
    text += "\n"
    for _ in path { text += "  " }
  }

  private var pathText: String {
    var result = ""
    for step in path {
      switch step {
      case .member(let name): result += result.isEmpty ? name : "." + name
      case .element(let index): result += "[\(index)]"
      }
    }
    return result
  }
}

/// Appends the shortest notation that reads back as `value`, whole numbers without ".0".
///
/// From 2^53 on neighbouring whole numbers are no longer distinct, so there the usual notation of
/// `Double` stays. Negative zero keeps its sign.
func appendJSONNumber(_ value: Double, to text: inout String) {
  if value.magnitude < 9_007_199_254_740_992, let whole = Int(exactly: value),
    whole != 0 || value.sign == .plus
  {
    text += String(whole)
  } else {
    text += value.description
  }
}

/// Appends `string` in quotes, with everything escaped that some reader could stumble over.
///
/// That is what JSON demands, U+2028 and U+2029, which end a line in older JavaScript, U+FEFF,
/// which JSONSerialization drops as a byte order mark, and U+007F.
func appendJSONString(_ string: String, to text: inout String) {
  text += "\""
  if string.utf8.allSatisfy(\.isPlainInJSON) {
    text += string
  } else {
    for scalar in string.unicodeScalars { appendJSONScalar(scalar, to: &text) }
  }
  text += "\""
}

private func appendJSONScalar(_ scalar: Unicode.Scalar, to text: inout String) {
  switch scalar {
  case "\"": text += "\\\""
  case "\\": text += "\\\\"
  case "\n": text += "\\n"
  case "\r": text += "\\r"
  case "\t": text += "\\t"
  case "\u{0}"..<"\u{20}", "\u{7f}", "\u{2028}", "\u{2029}", "\u{feff}":
    let digits = String(scalar.value, radix: 16)
    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  default: text.unicodeScalars.append(scalar)
  }
}

extension UInt8 {
  /// Printable ASCII but the quote and the backslash.
  fileprivate var isPlainInJSON: Bool {
    self >= 0x20 && self < 0x7f && self != 0x22 && self != 0x5c
  }
}
