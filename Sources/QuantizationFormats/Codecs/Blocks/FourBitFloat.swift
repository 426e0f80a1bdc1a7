/// E2M1, a float of 4 bits, doubled so that all of its values are integers.
///
/// Scales that meet these values carry the missing factor 1/2.
enum FourBitFloat {
  private static let magnitudes = SIMD8<Int8>(0, 1, 2, 3, 4, 6, 8, 12)

  /// Twice the number that a code stands for; bit 3 is the sign.
  static func doubled(_ code: Int) -> Int {
    let magnitude = Int(magnitudes[code & 7])
    return code < 8 ? magnitude : -magnitude
  }

  /// The code of the multiple of `scale` that is nearest to a weight; the lowest of several.
  ///
  /// Zero therefore is code 0, and never the negative zero of code 8. NaN becomes 0, an infinity
  /// the largest number.
  static func nearest(_ weight: Float, scale: Float) -> Int {
    let weight =
      weight.isInfinite ? Float(signOf: weight, magnitudeOf: .greatestFiniteMagnitude) : weight
    var best = 0
    var bestError = abs(weight)
    for code in 1..<16 {
      let error = abs(Float(doubled(code)) * scale - weight)
      if error < bestError { (best, bestError) = (code, error) }
    }
    return best
  }
}
