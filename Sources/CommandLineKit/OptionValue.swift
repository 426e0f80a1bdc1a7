/// A type that can be written as the value of an option.
///
/// `Int`, `Double` and `String` conform; enumerations with string raw values need no conformance.
public protocol OptionValue {
  /// What stands for a value in the help, without angle brackets: "count".
  static var placeholder: String { get }

  /// Reads the whole of `text`, strictly, or says what is wrong with it.
  static func parse(_ text: String) throws(InvalidValue) -> Self

  /// The value as a user would type it.
  var optionText: String { get }
}

/// Why a text is not a value: completes the sentence "--batch 1e3: ...".
public struct InvalidValue: Error, Equatable {
  /// The reason, such as "not a whole number".
  public let reason: String

  /// An error with this reason.
  public init(_ reason: String) {
    self.reason = reason
  }
}

extension String: OptionValue {
  /// "text".
  public static var placeholder: String { "text" }

  /// Accepts everything.
  public static func parse(_ text: String) throws(InvalidValue) -> String { text }

  /// The string itself.
  public var optionText: String { self }
}

extension Int: OptionValue {
  /// "count".
  public static var placeholder: String { "count" }

  /// Accepts decimal digits with an optional sign; no exponent, no separators.
  public static func parse(_ text: String) throws(InvalidValue) -> Int {
    if let value = Int(text) { return value }
    let digits = text.first == "-" || text.first == "+" ? text.dropFirst() : text[...]
    let isWhole = !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
    throw InvalidValue(isWhole ? "out of range" : "not a whole number")
  }

  /// Decimal digits.
  public var optionText: String { String(self) }
}

extension Double: OptionValue {
  /// "number".
  public static var placeholder: String { "number" }

  /// Accepts decimal notation with an optional exponent; "nan", "inf" and hexadecimal do not pass.
  public static func parse(_ text: String) throws(InvalidValue) -> Double {
    let isDecimal = text.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || "+-.eE".utf8.contains(byte)
    }
    guard isDecimal, let value = Double(text) else { throw InvalidValue("not a number") }
    guard value.isFinite else { throw InvalidValue("out of range") }
    return value
  }

  /// Shortest decimal notation, whole numbers without ".0".
  public var optionText: String {
    let text = description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
