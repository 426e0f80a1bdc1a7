/// Numbers for people: significant digits, thousands separators, no locale.
///
/// The decimal point is always "." and the separator ",". Nothing crashes: "nan", "inf" and "-inf"
/// are printed as such.
public enum NumberText {
  /// All digits of a whole number: "96,576,768".
  public static func integer(_ value: Int) -> String {
    (value < 0 ? "-" : "") + grouped(UInt64(value.magnitude))
  }

  /// At most `digits` significant digits: "1,000" for 999.96 and four digits.
  ///
  /// With `keepingZeros` the digits that are zero show as well, "2.00" instead of "2". Numbers
  /// below 0.00001 and from 10^16 on have an exponent: "1.23e-7".
  public static func significant(
    _ value: Double, digits: Int = 3, keepingZeros: Bool = false
  ) -> String {
    guard let number = DecimalNumber(value) else { return nonFinite(value) }
    return text(number, digits: digits, keepingZeros: keepingZeros)
  }

  static func nonFinite(_ value: Double) -> String {
    value.isNaN ? "nan" : value < 0 ? "-inf" : "inf"
  }

  static func text(_ number: DecimalNumber, digits: Int, keepingZeros: Bool) -> String {
    guard !number.isZero else { return "0" }
    let rounded = number.rounded(to: digits).withoutTrailingZeros
    let sign = rounded.isNegative ? "-" : ""
    let magnitude = rounded.magnitude
    guard (-5..<16).contains(magnitude) else {
      var mantissa = rounded
      mantissa.exponent -= magnitude
      let places = keepingZeros ? digits - 1 : -mantissa.exponent
      return sign + fixed(mantissa, places: places) + "e\(magnitude)"
    }
    let places = keepingZeros ? digits - 1 - magnitude : -rounded.exponent
    return sign + fixed(rounded, places: max(0, places))
  }

  /// The magnitude of a number below 10^16 with exactly `places` digits behind the point.
  private static func fixed(_ number: DecimalNumber, places: Int) -> String {
    guard number.exponent < 0 else {
      let whole = grouped(number.significand * powerOfTen(number.exponent))
      return places == 0 ? whole : whole + "." + zeros(places)
    }
    // A fraction so small that 10^-exponent exceeds 64 bits has no whole part.
    let fractionDigits = -number.exponent
    let unit = fractionDigits < 20 ? powerOfTen(fractionDigits) : nil
    let whole = unit.map { number.significand / $0 } ?? 0
    let fraction = String(unit.map { number.significand % $0 } ?? number.significand)
    return grouped(whole) + "." + zeros(fractionDigits - fraction.utf8.count) + fraction
      + zeros(places - fractionDigits)
  }

  private static func grouped(_ value: UInt64) -> String {
    guard value >= 1000 else { return String(value) }
    let (high, low) = value.quotientAndRemainder(dividingBy: 1000)
    let text = String(low)
    return grouped(high) + "," + zeros(3 - text.utf8.count) + text
  }

  private static func zeros(_ count: Int) -> String {
    count > 0 ? String(repeating: "0", count: count) : ""
  }
}
