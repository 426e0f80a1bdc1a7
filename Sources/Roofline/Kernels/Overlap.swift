#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How far two things that happen together hide each other.
///
/// The time of both is `(a^p + b^p)^(1/p)`: their sum at p = 1, the longer of them as p grows. What is
/// beyond that, less than the longer or more than the sum, is a factor on top.
struct Overlap {
  /// p.
  let exponent: Double
  /// What a measured time is of the nearest that p can explain.
  let factor: Double

  /// Beyond this the shorter is as good as hidden: 2 % of equal times are left.
  private static let largestExponent = 32.0

  /// The overlap of two times that together take `seconds`.
  init(of a: Double, _ b: Double, taking seconds: Double) {
    // Falls from the sum to the longer.
    var (low, high) = (1.0, Self.largestExponent)
    for _ in 0..<40 {
      let middle = (low + high) / 2
      if Self.norm(a, b, middle) > seconds { low = middle } else { high = middle }
    }
    exponent = (low + high) / 2
    factor = seconds / Self.norm(a, b, exponent)
  }

  /// The time of both where they alone take `a` and `b`.
  func seconds(of a: Double, _ b: Double) -> Double { factor * Self.norm(a, b, exponent) }

  private static func norm(_ a: Double, _ b: Double, _ p: Double) -> Double {
    let longer = max(a, b)
    guard longer > 0 else { return 0 }
    return longer * pow(pow(a / longer, p) + pow(b / longer, p), 1 / p)
  }
}
