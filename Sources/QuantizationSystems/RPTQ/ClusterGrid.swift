/// RPTQ's grid: signed codes from -2^(bits - 1), of which 2^bits steps cover the range, so that the
/// largest value is clipped by one step.
public struct ClusterGrid: Hashable, Sendable {
  /// The width of a code.
  public let bits: Int
  /// The distance of two values, from 1e-4 to 1e4.
  public let scale: Float
  /// What is taken off a code.
  public let zero: Int

  /// The grid for values between two bounds.
  public init(bits: Int, lower: Float, upper: Float) {
    self.bits = bits
    scale = max(1e-4, min(1e4, (upper - lower) / Float(1 << bits)))
    zero = Int(AffineGrid.rounded(max(-1e6, min(1e6, -(upper + lower) / (2 * scale)))))
  }

  /// The code of a value.
  public func code(_ value: Float) -> Int8 {
    let steps = AffineGrid.rounded(max(-1e6, min(1e6, value / scale))) + Float(zero)
    return Int8(max(-Float(1 << (bits - 1)), min(Float(1 << (bits - 1) - 1), steps)))
  }

  /// What a code stands for.
  public func value(_ code: Int8) -> Float { Float(Int(code) - zero) * scale }
}
