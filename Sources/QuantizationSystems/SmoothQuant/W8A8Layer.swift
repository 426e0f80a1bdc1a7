/// A layer with one int8 scale for all weights, int32 sums, and one factor at the end.
public struct W8A8Layer: Sendable {
  /// How activations are scaled.
  public enum Activations: Hashable, Sendable {
    /// O1: each token by its own maximum.
    case perToken
    /// O2: all tokens by their common maximum.
    case perTensor
    /// O3: by a maximum found in calibration; what exceeds it is clipped.
    case fixed(maximum: Float)
  }

  /// `round(W / scale)`, row after row.
  public let codes: [Int8]
  /// What a code of 1 stands for.
  public let scale: Float
  /// The number of outputs.
  public let rows: Int
  /// The number of inputs.
  public let columns: Int
  /// How activations are scaled.
  public let activations: Activations

  /// Quantizes W[output, input] with one scale: its largest magnitude over 127.
  public init(quantizing weights: Matrix, activations: Activations) {
    let maximum = weights.values.reduce(0) { max($0, abs($1)) }
    scale = maximum / 127
    codes = weights.values.map { LLMInt8.code($0, maximum) }
    rows = weights.rows
    columns = weights.columns
    self.activations = activations
  }

  /// The rows that kernels multiply, of the format `llm-int8`: each with the same maximum.
  public var kernelRows: [UInt8] {
    var bytes: [UInt8] = []
    for first in stride(from: 0, to: codes.count, by: columns) {
      bytes += codes[first..<first + columns].map { UInt8(bitPattern: $0) }
      let maximum = (scale * 127).bitPattern
      for byte in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: maximum >> UInt32(8 * byte))) }
    }
    return bytes
  }

  /// The codes of X[token, input], and the scale of each token.
  public func quantize(_ input: Matrix) -> (codes: [Int8], scales: [Float]) {
    let maxima: [Float]
    switch activations {
    case .perToken: maxima = input.rowMaxima
    case .perTensor:
      maxima = [Float](repeating: input.rowMaxima.max() ?? 0, count: input.rows)
    case .fixed(let maximum): maxima = [Float](repeating: maximum, count: input.rows)
    }
    let codes = input.values.enumerated().map { LLMInt8.code($1, maxima[$0 / input.columns]) }
    return (codes, maxima.map { $0 / 127 })
  }

  /// Y[token, output] = X[token, input] * W[output, input]^T.
  public func product(_ input: Matrix) -> Matrix {
    let (inputCodes, scales) = quantize(input)
    let sums = IntegerProduct.sums(inputCodes, codes, columns: columns)
    return Matrix(
      rows: input.rows, columns: rows,
      values: sums.enumerated().map { Float($1) * (scales[$0 / rows] * scale) })
  }

  /// `round(alpha S + beta b)` as int8: what torch-int stores between layers.
  ///
  /// `alpha` is the product of both scales over that of the output, `beta` the scale of the int8
  /// bias over that of the output; ReLU sets what is negative to 0.
  public static func requantize(
    _ sums: [Int32], bias: [Int8], alpha: Float, beta: Float, appliesReLU: Bool = false
  ) -> [Int8] {
    sums.enumerated().map { index, sum in
      let value = alpha * Float(sum) + beta * Float(bias[index % bias.count])
      let rounded = AffineGrid.rounded(max(-1e6, min(1e6, value)))
      return Int8(min(127, max(appliesReLU ? 0 : -128, rounded)))
    }
  }
}
