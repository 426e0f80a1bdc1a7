/// Finds the first place where a text is not JSON, which Foundation's decoder does not tell.
///
/// Only runs where decoding failed or would trap. Reports line and column, counted from 1 in bytes,
/// and the path of the value that is being read.
struct JSONSyntax {
  /// Where and what.
  struct Problem: Error {
    let path: String?
    let text: String
  }

  /// Nesting beyond this is refused by the decoder as well, where it does not trap.
  private static let deepest = 512

  /// Parts of a path beyond these are not shown.
  private static let mostPathParts = 24

  private let bytes: [UInt8]
  private var index = 0
  private var path: [String] = []
  private var depth = 0

  /// Whether brackets outside strings are ever nested too deep.
  static func isTooDeep(_ bytes: [UInt8]) -> Bool {
    var depth = 0
    var isInString = false
    var isEscaped = false
    for byte in bytes {
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isInString = true
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
        if depth > deepest { return true }
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      default: break
      }
    }
    return false
  }

  /// The first problem of `bytes`; `nil` if they are JSON.
  static func firstProblem(in bytes: [UInt8]) -> Problem? {
    var syntax = JSONSyntax(bytes: bytes)
    do throws(Problem) {
      try syntax.value()
      syntax.skipSpace()
      guard syntax.index == bytes.count else {
        throw syntax.problem("there is more after the end of the value; remove it")
      }
      return nil
    } catch {
      return error
    }
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

  private func problem(_ text: String) -> Problem {
    let before = bytes[..<min(index, bytes.count)]
    let line = before.count { $0 == UInt8(ascii: "\n") } + 1
    let column = before.reversed().prefix { $0 != UInt8(ascii: "\n") }.count + 1
    let shown = path.prefix(Self.mostPathParts)
    let name = shown.joined() + (path.count > shown.count ? "…" : "")
    return Problem(
      path: name.isEmpty ? nil : name,
      text: "not valid JSON at line \(line), column \(column): \(text)")
  }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      index += 1
    }
  }

  private mutating func value() throws(Problem) {
    skipSpace()
    guard let first = current else { throw problem("it ends early; the file may be cut off") }
    switch first {
    case UInt8(ascii: "{"): try nested { syntax throws(Problem) in try syntax.object() }
    case UInt8(ascii: "["): try nested { syntax throws(Problem) in try syntax.array() }
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
    default: try word()
    }
  }

  private mutating func nested(
    _ body: (inout JSONSyntax) throws(Problem) -> Void
  ) throws(Problem) {
    depth += 1
    guard depth <= Self.deepest else {
      throw problem("nested deeper than \(Self.deepest) levels")
    }
    index += 1
    try body(&self)
    depth -= 1
  }

  private mutating func object() throws(Problem) {
    skipSpace()
    if current == UInt8(ascii: "}") { return index += 1 }
    while true {
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw problem("expected a key in quotes") }
      let key = try string()
      skipSpace()
      guard current == UInt8(ascii: ":") else { throw problem("expected ':' after a key") }
      index += 1
      path.append(path.isEmpty ? key : ".\(key)")
      try value()
      path.removeLast()
      if try isEnd(UInt8(ascii: "}")) { return }
    }
  }

  private mutating func array() throws(Problem) {
    skipSpace()
    if current == UInt8(ascii: "]") { return index += 1 }
    var element = 0
    while true {
      path.append("[\(element)]")
      try value()
      path.removeLast()
      element += 1
      if try isEnd(UInt8(ascii: "]")) { return }
    }
  }

  /// Steps over a comma (false) or the closing bracket (true).
  private mutating func isEnd(_ closing: UInt8) throws(Problem) -> Bool {
    skipSpace()
    guard let byte = current else { throw problem("it ends early; the file may be cut off") }
    guard byte == closing || byte == UInt8(ascii: ",") else {
      throw problem("expected ',' or '\(Character(UnicodeScalar(closing)))'")
    }
    index += 1
    return byte == closing
  }

  private mutating func string() throws(Problem) -> String {
    index += 1
    let start = index
    while let byte = current, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw problem("a string has a control character; escape it") }
      index += byte == UInt8(ascii: "\\") ? 2 : 1
    }
    guard current != nil else { throw problem("a string does not end; the file may be cut off") }
    defer { index += 1 }
    return String(decoding: bytes[start..<index].prefix(60), as: UTF8.self)
  }

  private mutating func number() throws(Problem) {
    let start = index
    while let byte = current, Self.isPartOfNumber(byte) { index += 1 }
    let text = String(decoding: bytes[start..<index].prefix(40), as: UTF8.self)
    guard let value = Double(text), value.isFinite else {
      index = start
      throw problem("\(text) is no number that a double can hold")
    }
  }

  private static func isPartOfNumber(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }

  private mutating func word() throws(Problem) {
    let start = index
    while let byte = current, Character(UnicodeScalar(byte)).isLetter { index += 1 }
    let text = String(decoding: bytes[start..<index].prefix(40), as: UTF8.self)
    guard ["true", "false", "null"].contains(text) else {
      index = start
      throw problem(text.isEmpty ? "expected a value" : "'\(text)' is no value; leave the key out")
    }
  }
}
