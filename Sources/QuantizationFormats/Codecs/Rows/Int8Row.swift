/// A row of signed 8-bit codes with one scale: `value = scale * code`, codes from -127 to 127.
///
/// The scale is the largest magnitude over 127. This is how LLM.int8() and SmoothQuant hold the
/// weights of an output channel, and the activations of a token when they are packed at run time.
public struct Int8Row: Hashable, Sendable {
  /// What a code of 1 stands for.
  public var scale: Float
  /// One code per value.
  public var codes: [Int8]

  /// Creates a row from its parts.
  public init(scale: Float, codes: [Int8]) {
    self.scale = scale
    self.codes = codes
  }

  /// Packs a row of any length, rounding `value / scale` to the nearest code, ties to even.
  ///
  /// Zeros alone give the scale 0. NaN has no part in the scale and becomes code 0; an infinity
  /// makes the scale infinite and all codes 0, so that the row decodes to NaN.
  public init(quantizing values: [Float]) {
    let scale = abs(values.span.largestMagnitude) / 127
    self.scale = scale
    self.codes = values.map { value in
      let quotient = value / scale
      return quotient.isNaN ? 0 : Int8(nearestEven(quotient, -127, 127))
    }
  }

  /// The values that the row stands for.
  public var values: [Float] { codes.map { scale * Float($0) } }
}
