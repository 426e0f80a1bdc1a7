/// IQ4_NL's 16 uneven steps, denser around zero as weights are.
enum UnevenSteps {
  private static let values = SIMD16<Int8>(
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113)

  /// The code of the step nearest to zero.
  static let zero = 8

  /// The step that a code stands for.
  static func value(_ code: Int) -> Int { Int(values[code & 15]) }

  /// The code of the nearest step; the upper one of two, the last for NaN.
  static func nearest(_ value: Float) -> Int {
    if value <= Float(values[0]) { return 0 }
    if value >= Float(values[15]) { return 15 }
    var (lower, upper) = (0, 15)
    while upper - lower > 1 {
      let middle = (lower + upper) / 2
      if value < Float(values[middle]) { upper = middle } else { lower = middle }
    }
    return value - Float(values[lower]) < Float(values[upper]) - value ? lower : upper
  }

  /// The scale that fits weights best, when `inverse` times a weight chooses its code, and how
  /// well it fits; errors count by the square of the weight.
  static func fit(
    _ weights: Span<Float>, inverse: Float
  ) -> (products: Float, squares: Float) {
    var (products, squares) = (Float(0), Float(0))
    for index in 0..<weights.count {
      let weight = weights[index]
      let step = Float(value(nearest(inverse * weight)))
      let importance = weight * weight
      products += importance * step * weight
      squares += importance * step * step
    }
    return (products, squares)
  }
}
