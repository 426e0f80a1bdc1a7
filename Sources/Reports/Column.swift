/// Which edge of a column the cells keep to.
public enum Alignment: Equatable, Sendable {
  /// For words.
  case left

  /// For numbers.
  case right
}

/// Which value of a column is the best.
public enum Best: Equatable, Sendable {
  case highest, lowest
}

/// One column of a table: its names, how its values look, and where they come from.
public struct Column<Row> {
  /// The heading for people, without unit.
  public let title: String

  /// The name for programs, with the unit of the values: "decode_tokens_per_second".
  public let key: String

  /// How people read the values; programs get the base unit.
  public let style: QuantityStyle

  /// Significant digits for people.
  public let digits: Int

  /// The edge cells keep to.
  public let alignment: Alignment

  /// The terminal columns to reserve when a table is streamed, where longer cells stick out.
  ///
  /// A complete table measures its cells instead.
  public let streamedWidth: Int

  /// Which values people see set off; nil for none.
  public let best: Best?

  /// The value of a row.
  public let value: (Row) -> Cell

  /// A column of any cells.
  public init(
    _ title: String, key: String, style: QuantityStyle = .plain, digits: Int = 3,
    alignment: Alignment = .right, streamedWidth: Int = 12, best: Best? = nil,
    value: @escaping (Row) -> Cell
  ) {
    precondition(digits >= 1, "column '\(key)' asks for \(digits) significant digits")
    self.title = title
    self.key = key
    self.style = style
    self.digits = digits
    self.alignment = alignment
    self.streamedWidth = streamedWidth
    self.best = best
    self.value = value
  }

  /// The heading for people, with the unit if the cells do not show it: "Memory (GB)".
  public var heading: String {
    let title = PlainText.line(title)
    guard let unit = style.titleUnit, !unit.isEmpty else { return title }
    return "\(title) (\(unit))"
  }

  func displayText(_ row: Row) -> String {
    value(row).displayText(style, digits: digits)
  }
}

extension Column {
  /// A column of words.
  public static func text(
    _ title: String, key: String, streamedWidth: Int = 20, value: @escaping (Row) -> String?
  ) -> Column {
    Column(title, key: key, alignment: .left, streamedWidth: streamedWidth) { Cell(value($0)) }
  }

  /// A column of "yes" and "no".
  public static func boolean(
    _ title: String, key: String, value: @escaping (Row) -> Bool?
  ) -> Column {
    Column(title, key: key, alignment: .left, streamedWidth: 3) { Cell(value($0)) }
  }

  /// A column of whole numbers.
  public static func integer(
    _ title: String, key: String, style: QuantityStyle = .plain, digits: Int = 3,
    streamedWidth: Int = 12, best: Best? = nil, value: @escaping (Row) -> Int?
  ) -> Column {
    Column(
      title, key: key, style: style, digits: digits, streamedWidth: streamedWidth, best: best
    ) { Cell(value($0)) }
  }

  /// A column of numbers in their base unit.
  public static func number(
    _ title: String, key: String, style: QuantityStyle = .plain, digits: Int = 3,
    streamedWidth: Int = 12, best: Best? = nil, value: @escaping (Row) -> Double?
  ) -> Column {
    Column(
      title, key: key, style: style, digits: digits, streamedWidth: streamedWidth, best: best
    ) { Cell(value($0)) }
  }
}
