/// The styles that choose a unit by the size of the number.
///
/// All of them round first and choose then, so that 999.96 kB is 1 MB and never 1,000 kB.
struct NumberFormat {
  let digits: Int
  let keepingZeros: Bool

  func text(_ number: DecimalNumber) -> String {
    NumberText.text(number, digits: digits, keepingZeros: keepingZeros)
  }

  /// By powers of 1000: `prefixes` start with the one for 1.
  func scaled(_ number: DecimalNumber, _ prefixes: [String], _ unit: String) -> String {
    var number = number.rounded(to: digits)
    let step = number.isZero ? 0 : max(0, min(number.magnitude / 3, prefixes.count - 1))
    number.exponent -= 3 * step
    return text(number) + prefixes[step] + unit
  }

  /// By powers of 1024, which have no exact decimal shift: divide, then round.
  func binary(_ value: Double) -> String {
    let prefixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"]
    var scaled = value
    var step = 0
    while step < prefixes.count - 1, scaled.magnitude >= 1024 {
      scaled /= 1024
      step += 1
    }
    guard var rounded = DecimalNumber(scaled)?.rounded(to: digits).withoutTrailingZeros else {
      return NumberText.nonFinite(value)
    }
    if step < prefixes.count - 1, rounded.significand == 1024, rounded.exponent == 0 {
      // Rounding reached the next unit, as 1023.96 does with four digits.
      rounded.significand = 1
      step += 1
    }
    return text(rounded) + " " + prefixes[step] + "B"
  }

  func duration(_ value: Double, _ number: DecimalNumber) -> String {
    var number = number.rounded(to: digits)
    guard !number.isZero else { return "0 s" }
    let magnitude = number.magnitude
    if magnitude > 1 || (magnitude == 1 && number.firstDigit >= 6) {
      return (number.isNegative ? "-" : "") + longDuration(value.magnitude)
    }
    let units = [" s", " ms", " us", " ns"]
    // -1...-3 are milliseconds, -4...-6 microseconds; below a nanosecond the unit stays.
    let step = magnitude >= 0 ? 0 : min((2 - magnitude) / 3, units.count - 1)
    number.exponent += 3 * step
    return text(number) + units[step]
  }

  /// From a minute on: the two largest units, the smaller one rounded.
  private func longDuration(_ seconds: Double) -> String {
    guard seconds < 1e12 else {
      return NumberText.significant(seconds / 86_400, digits: digits) + " d"
    }
    let whole = max(60, Int(seconds + 0.5))
    if whole < 3600 { return pair(whole, 60, "min", "s") }
    let minutes = (whole + 30) / 60
    if minutes < 1440 { return pair(minutes, 60, "h", "min") }
    return pair((whole + 1800) / 3600, 24, "d", "h")
  }

  private func pair(_ count: Int, _ size: Int, _ large: String, _ small: String) -> String {
    let head = NumberText.integer(count / size) + " " + large
    return count.isMultiple(of: size) ? head : head + " \(count % size) \(small)"
  }
}

extension DecimalNumber {
  fileprivate var firstDigit: UInt64 { significand / powerOfTen(digitCount - 1) }
}
