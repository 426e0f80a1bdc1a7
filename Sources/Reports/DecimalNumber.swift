/// A finite number in decimal, significand x 10^exponent: the form in which rounding is exact.
///
/// Rounding a `Double` by scaling it leaves traces such as "1000.0" or "0.30000000000000004".
/// Here the shortest decimal notation of the `Double` is rounded, half away from zero, so 0.15
/// becomes 0.2 although the nearest `Double` lies just below 0.15.
struct DecimalNumber: Equatable {
  var isNegative: Bool
  var significand: UInt64
  var exponent: Int

  /// Nil if `value` is infinite or not a number.
  init?(_ value: Double) {
    guard value.isFinite else { return nil }
    isNegative = value < 0
    exponent = 0
    if value.magnitude < 9_007_199_254_740_992, let whole = UInt64(exactly: value.magnitude) {
      significand = whole
    } else {
      significand = 0
      read(value.magnitude.description)
    }
  }

  /// Reads the notation of `Double.description`: "0.00012", "12.5", "1.25e+20", "5e-324".
  private mutating func read(_ text: String) {
    var isFraction = false
    var writtenExponent: Int?
    var exponentIsNegative = false
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "."): isFraction = true
      case UInt8(ascii: "e"): writtenExponent = 0
      case UInt8(ascii: "-"): exponentIsNegative = true
      case UInt8(ascii: "+"): break
      default:
        let digit = byte - UInt8(ascii: "0")
        if let sofar = writtenExponent {
          writtenExponent = sofar * 10 + Int(digit)
        } else {
          significand = significand * 10 + UInt64(digit)
          if isFraction { exponent -= 1 }
        }
      }
    }
    exponent += (writtenExponent ?? 0) * (exponentIsNegative ? -1 : 1)
  }

  var isZero: Bool { significand == 0 }

  /// How many digits the significand has; 1 for zero.
  var digitCount: Int {
    var count = 1
    var bound: UInt64 = 10
    while count < 19, significand >= bound {
      count += 1
      bound *= 10
    }
    return count
  }

  /// The power of ten of the first digit: 2 for 999, 3 for 1000, -1 for 0.5.
  var magnitude: Int { exponent + digitCount - 1 }

  /// The number with at most `digits` digits, half rounded away from zero.
  func rounded(to digits: Int) -> DecimalNumber {
    precondition(digits >= 1, "digits = \(digits) is less than 1")
    let surplus = digitCount - digits
    guard surplus > 0 else { return self }
    let divisor = powerOfTen(surplus)
    let (quotient, remainder) = significand.quotientAndRemainder(dividingBy: divisor)
    var result = self
    result.significand = remainder * 2 >= divisor ? quotient + 1 : quotient
    result.exponent += surplus
    return result
  }

  /// The number without zeros at the end of its significand.
  var withoutTrailingZeros: DecimalNumber {
    guard !isZero else { return self }
    var result = self
    while result.significand.isMultiple(of: 10) {
      result.significand /= 10
      result.exponent += 1
    }
    return result
  }
}

func powerOfTen(_ exponent: Int) -> UInt64 {
  var result: UInt64 = 1
  for _ in 0..<exponent { result *= 10 }
  return result
}
