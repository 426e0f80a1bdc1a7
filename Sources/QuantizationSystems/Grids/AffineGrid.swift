import QuantizationFormats

/// Equidistant values `scale * (code - zero)`, codes from 0 to 2^bits - 1.
public struct AffineGrid: Hashable, Sendable {
  /// The width of a code, 2 to 8.
  public let bits: Int
  /// The distance of two values.
  public var scale: Float
  /// The code that stands for 0.
  public var zero: Int

  /// A grid from its parts.
  public init(bits: Int, scale: Float, zero: Int) {
    self.bits = bits
    self.scale = scale
    self.zero = zero
  }

  /// GPTQ's grid: from the smallest to the largest value, 0 always among them.
  ///
  /// A symmetric grid reaches as far below zero as above it and has `zero == 2^(bits - 1)`.
  /// Values that are all zero get the grid of -1...1.
  public init(gptq values: some Sequence<Float>, bits: Int, isSymmetric: Bool = false) {
    var (lower, upper) = values.reduce((Float(0), Float(0))) { (min($0.0, $1), max($0.1, $1)) }
    if isSymmetric {
      upper = max(-lower, upper)
      if lower < 0 { lower = -upper }
    }
    if lower == 0 && upper == 0 { (lower, upper) = (-1, 1) }
    let scale = (upper - lower) / Float(Self.steps(bits))
    let zero = isSymmetric ? (Self.steps(bits) + 1) / 2 : Int(Self.rounded(-lower / scale))
    self.init(bits: bits, scale: scale, zero: zero)
  }

  /// AWQ's grid: from the smallest to the largest value; the zero is clamped to the codes.
  public init(awq values: some Sequence<Float>, bits: Int) {
    let (lower, upper) = Self.bounds(values)
    let scale = max(upper - lower, 1e-5) / Float(Self.steps(bits))
    let zero = min(max(-Self.rounded(lower / scale), 0), Float(Self.steps(bits)))
    self.init(bits: bits, scale: scale, zero: Int(zero))
  }

  /// OmniQuant's grid with learnable clipping, equation 2 of its paper; scales are at least 1e-5.
  ///
  /// It reaches from `gamma.lower` times the smallest to `gamma.upper` times the largest value.
  public init(
    clipping values: some Sequence<Float>, bits: Int,
    by gamma: (lower: Float, upper: Float) = (1, 1)
  ) {
    let (lower, upper) = Self.bounds(values)
    let range = gamma.upper * upper - gamma.lower * lower
    let scale = max(range / Float(Self.steps(bits)), 1e-5)
    let zero = Self.rounded(max(-1e4, min(1e4, -gamma.lower * lower / scale)))
    self.init(bits: bits, scale: scale, zero: Int(zero))
  }

  /// The largest code.
  public var top: Int { Self.steps(bits) }

  /// The code of a value: the nearest, ties to even, within the grid.
  public func code(_ value: Float) -> Int {
    let steps = value / scale
    guard steps.isFinite else { return steps > 0 ? top : 0 }
    return min(max(Int(Self.rounded(max(-1e6, min(1e6, steps)))) + zero, 0), top)
  }

  /// What a code stands for.
  public func value(_ code: Int) -> Float { scale * Float(code - zero) }

  /// The value of the nearest code.
  public func nearest(_ value: Float) -> Float { self.value(code(value)) }

  /// The grid whose scale is what binary16 can hold, as checkpoints store it.
  public var withHalfScale: AffineGrid {
    AffineGrid(bits: bits, scale: Binary16.decode(Binary16.encode(scale)), zero: zero)
  }

  static func steps(_ bits: Int) -> Int { 1 << bits - 1 }

  static func rounded(_ value: Float) -> Float { value.rounded(.toNearestOrEven) }

  static func bounds(_ values: some Sequence<Float>) -> (Float, Float) {
    values.reduce((Float.infinity, -Float.infinity)) { (min($0.0, $1), max($0.1, $1)) }
  }
}
