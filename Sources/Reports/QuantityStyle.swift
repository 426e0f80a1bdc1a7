/// How people read the values of a quantity that is stored in its base unit.
///
/// Machine formats never see a style; they print the base unit.
public struct QuantityStyle: Equatable, Sendable {
  enum Kind: Equatable, Sendable {
    case plain
    case percent
    case seconds
    case binaryBytes
    case counted(String)
    case spelled(String)
    case scaled(String)
    case fixed(String, per: Double)
  }

  let kind: Kind

  /// A number without a unit: "96,576,768", "0.708".
  public static let plain = QuantityStyle(kind: .plain)

  /// A fraction of one as a percentage: 0.708 is "70.8 %".
  public static let percent = QuantityStyle(kind: .percent)

  /// A duration in seconds: "820 us", "1.94 ms", "3.2 s", "2 min 5 s", "1 h 20 min", "3 d 4 h".
  public static let seconds = QuantityStyle(kind: .seconds)

  /// Bytes by powers of 1000, as vendors state bandwidth and model files their size: "1.94 GB".
  public static let bytesDecimal = scaled("B")

  /// Bytes by powers of 1024, as memory is built: "1.81 GiB".
  public static let bytesBinary = QuantityStyle(kind: .binaryBytes)

  /// SI prefixes before a unit: `scaled("FLOP/s")` gives "312 TFLOP/s".
  ///
  /// Values below one keep the bare unit.
  public static func scaled(_ unit: String) -> QuantityStyle {
    QuantityStyle(kind: .scaled(unit))
  }

  /// A unit that takes no prefix: `counted("tokens/s")` gives "516 tokens/s".
  public static func counted(_ unit: String) -> QuantityStyle {
    QuantityStyle(kind: .counted(unit))
  }

  /// Large counts in words: `spelled("parameters")` gives "8.03 billion parameters".
  public static func spelled(_ noun: String = "") -> QuantityStyle {
    QuantityStyle(kind: .spelled(noun))
  }

  /// One unit for all values: `fixed("GB", per: 1e9)`.
  ///
  /// In a table the unit moves to the title, "Memory (GB)", and the cells are bare numbers that
  /// compare at a glance.
  public static func fixed(_ unit: String, per base: Double) -> QuantityStyle {
    QuantityStyle(kind: .fixed(unit, per: base))
  }

  /// The unit that belongs in a column's title because the cells do not show it.
  var titleUnit: String? {
    if case .fixed(let unit, _) = kind { unit } else { nil }
  }
}

extension QuantityStyle {
  /// A value with its unit, for a sentence: "13.5 GB".
  ///
  /// `keepingZeros` shows significant zeros, "80.0 GB" instead of "80 GB". Infinities and "nan"
  /// print as such.
  public func text(_ value: Double, digits: Int = 3, keepingZeros: Bool = false) -> String {
    let number = numberText(value, digits: digits, keepingZeros: keepingZeros)
    guard let unit = titleUnit, !unit.isEmpty else { return number }
    return number + " " + unit
  }

  /// The value as a table shows it: `fixed` leaves its unit to the title.
  func numberText(_ value: Double, digits: Int, keepingZeros: Bool) -> String {
    guard var number = DecimalNumber(value) else { return NumberText.nonFinite(value) }
    let format = NumberFormat(digits: digits, keepingZeros: keepingZeros)
    switch kind {
    case .plain: return format.text(number)
    case .percent:
      number.exponent += 2
      return format.text(number) + " %"
    case .seconds: return format.duration(value, number)
    case .binaryBytes: return format.binary(value)
    case .counted(let unit): return joined(format.text(number), unit)
    case .scaled(let unit):
      let one = unit.isEmpty ? "" : " "
      return format.scaled(number, [one, " k", " M", " G", " T", " P", " E", " Z", " Y"], unit)
    case .spelled(let noun):
      let words = ["", " thousand", " million", " billion", " trillion"]
      return format.scaled(number, words, noun.isEmpty ? "" : " " + noun)
    case .fixed(_, let base):
      return NumberText.significant(value / base, digits: digits, keepingZeros: keepingZeros)
    }
  }

  private func joined(_ number: String, _ unit: String) -> String {
    unit.isEmpty ? number : number + " " + unit
  }
}
