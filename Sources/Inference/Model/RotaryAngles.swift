import Foundation

/// Cosines and sines of rotary positions.
struct RotaryAngles {
  /// Radians for each position, pair after pair.
  let frequencies: [Double]
  /// What cosines and sines are multiplied with; 1 but for yarn.
  let magnitude: Double

  /// theta_i = base^(-2 i / dimensions), scaled.
  init(_ rotation: NumericRules.Rotation, headWidth: Int) {
    let dimensions = rotation.dimensions ?? headWidth
    let plain = (0..<dimensions / 2).map {
      pow(rotation.base, -2 * Double($0) / Double(dimensions))
    }
    switch rotation.scaling {
    case .none:
      frequencies = plain
      magnitude = 1
    case .linear(let factor):
      frequencies = plain.map { $0 / factor }
      magnitude = 1
    case .factors(let factors):
      frequencies = zip(plain, factors).map { $0 / Double($1) }
      magnitude = 1
    case .yarn(let factor, let original):
      frequencies = Self.yarn(
        plain, factor, original, base: rotation.base, dimensions: dimensions)
      // Source: Peng et al. 2023, equation 22.
      magnitude = 1 + 0.1 * log(factor)
    }
  }

  var pairs: Int { frequencies.count }

  /// (cosine, sine) of each pair of `count` positions from `first` on.
  func turns(first: Int, count: Int) -> [Float] {
    var turns: [Float] = []
    turns.reserveCapacity(2 * pairs * count)
    for position in first..<first + count {
      for frequency in frequencies {
        let angle = Double(position) * frequency
        turns.append(Float(cos(angle) * magnitude))
        turns.append(Float(sin(angle) * magnitude))
      }
    }
    return turns
  }

  /// Pairs that turn more than 32 times within the trained positions are kept, those that turn less
  /// than once are divided, with a ramp between.
  private static func yarn(
    _ plain: [Double], _ factor: Double, _ original: Double, base: Double, dimensions: Int
  ) -> [Double] {
    func pair(turning times: Double) -> Double {
      Double(dimensions) * log(original / (times * 2 * Double.pi)) / (2 * log(base))
    }
    let low = max(0, pair(turning: 32).rounded(.down))
    let high = min(Double(dimensions - 1), pair(turning: 1).rounded(.up))
    return plain.enumerated().map { index, frequency in
      let ramp = min(1, max(0, (Double(index) - low) / max(0.001, high - low)))
      return frequency * (1 - ramp) + frequency / factor * ramp
    }
  }
}
