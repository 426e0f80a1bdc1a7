// Rounding to codes, with ggml's results where C defines them. NaN gives the lowest code.

/// The nearest integer from `lower` to `upper`, ties to even; all three are below 2^22.
///
/// Adding 1.5 * 2^23 leaves no room for a fraction, so the sum is rounded to an integer.
@inline(__always)
func nearestEven(_ value: Float, _ lower: Float, _ upper: Float) -> Float {
  (clamp(value, lower, upper) + 12_582_912) - 12_582_912
}

/// The nearest integer from `lower` to `upper`, ties away from zero.
@inline(__always)
func nearestAway(_ value: Float, _ lower: Float, _ upper: Float) -> Int {
  Int(clamp(value, lower, upper).rounded(.toNearestOrAwayFromZero))
}

/// The integer part of a number, from 0 to `upper`.
@inline(__always)
func truncate(_ value: Float, _ upper: Float) -> Int { Int(clamp(value, 0, upper)) }

/// The number nearest to `value` between the limits; `lower` for NaN.
@inline(__always)
func clamp(_ value: Float, _ lower: Float, _ upper: Float) -> Float {
  let raised = value > lower ? value : lower
  return raised < upper ? raised : upper
}

extension Span where Element == Float {
  /// The first number of largest magnitude with its sign; 0 if there is none but NaN.
  @inline(__always)
  var largestMagnitude: Float {
    var largest: Float = 0
    for index in 0..<count where abs(largest) < abs(self[index]) { largest = self[index] }
    return largest
  }

  /// The smallest and the largest number.
  var bounds: (lower: Float, upper: Float) {
    var (lower, upper) = (Float.greatestFiniteMagnitude, -Float.greatestFiniteMagnitude)
    for index in 0..<count {
      if self[index] < lower { lower = self[index] }
      if self[index] > upper { upper = self[index] }
    }
    return (lower, upper)
  }
}

/// `1 / value`, and 0 for 0.
@inline(__always)
func reciprocal(_ value: Float) -> Float { value == 0 ? 0 : 1 / value }

/// What ggml takes for zero when it fits a scale to a group of weights.
let negligibleMagnitude: Float = 1e-15
