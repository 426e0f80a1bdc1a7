/// One value of a table.
public enum Cell: Equatable, Sendable {
  /// Words or an identifier.
  case text(String)

  /// "yes" or "no" for people, `true` or `false` for programs.
  case boolean(Bool)

  /// A whole number in the column's base unit; people see all digits unless a style scales it.
  case integer(Int)

  /// A number in the column's base unit.
  case number(Double)

  /// Unknown or not applicable: an en dash for people, an empty field in CSV, no key in JSON.
  case missing

  /// Text, or missing if nil.
  public init(_ text: String?) {
    self = text.map(Cell.text) ?? .missing
  }

  /// A truth value, or missing if nil.
  public init(_ boolean: Bool?) {
    self = boolean.map(Cell.boolean) ?? .missing
  }

  /// A whole number, or missing if nil.
  public init(_ integer: Int?) {
    self = integer.map(Cell.integer) ?? .missing
  }

  /// A number, or missing if nil.
  public init(_ number: Double?) {
    self = number.map(Cell.number) ?? .missing
  }

  func displayText(_ style: QuantityStyle, digits: Int) -> String {
    switch self {
    case .text(let text): PlainText.line(text)
    case .boolean(let value): value ? "yes" : "no"
    case .integer(let value) where style.kind == .plain: NumberText.integer(value)
    case .integer(let value): style.numberText(Double(value), digits: digits, keepingZeros: true)
    case .number(let value): style.numberText(value, digits: digits, keepingZeros: true)
    case .missing: "\u{2013}"
    }
  }

  /// The value of a number or whole number.
  var numberValue: Double? {
    switch self {
    case .number(let value): value.isFinite ? value : nil
    case .integer(let value): Double(value)
    case .text, .boolean, .missing: nil
    }
  }

  /// The cell for JSON; nil if it is missing.
  var jsonValue: JSONValue? {
    switch self {
    case .text(let text): .string(text)
    case .boolean(let value): .boolean(value)
    case .integer(let value): .integer(value)
    case .number(let value): .number(value)
    case .missing: nil
    }
  }
}
