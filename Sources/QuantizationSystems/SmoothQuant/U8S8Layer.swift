import QuantizationFormats

/// W8A8 as Intel's Neural Compressor and PyTorch extension compute it: unsigned activations with a
/// static scale and zero point, signed weights with a scale per output.
///
///     Y = sa sw[output] (sum over k of a w - za sum over k of w[output, k]) + bias
public struct U8S8Layer: Sendable {
  /// `round(W / scale)`, row after row.
  public let codes: [Int8]
  /// What a code of 1 stands for, of each output.
  public let scales: [Float]
  /// The sum of the codes of each output: what the zero point is multiplied with.
  public let rowSums: [Int32]
  /// The number of inputs.
  public let columns: Int
  /// What an activation code of 1 stands for.
  public let activationScale: Float
  /// The activation code that stands for 0.
  public let activationZero: Int32

  /// Quantizes W[output, input] for activations between the given bounds, 0 included.
  public init(quantizing weights: Matrix, activationsIn bounds: ClosedRange<Float>) {
    let maxima = weights.rowMaxima
    columns = weights.columns
    scales = maxima.map { $0 / 127 }
    let columns = weights.columns
    codes = weights.values.enumerated().map { LLMInt8.code($1, maxima[$0 / columns]) }
    rowSums = IntegerProduct.rowSums(codes, columns: weights.columns)
    let (lower, upper) = (min(bounds.lowerBound, 0), max(bounds.upperBound, 0))
    activationScale = upper > lower ? (upper - lower) / 255 : 1
    activationZero = Int32(-AffineGrid.rounded(lower / activationScale))
  }

  /// The rows that kernels multiply, of the format `int8-rowsum`.
  public var kernelRows: [UInt8] {
    var bytes: [UInt8] = []
    for (output, scale) in scales.enumerated() {
      let row = codes[output * columns..<(output + 1) * columns]
      ChannelRow(codes: row.map { UInt8(bitPattern: $0) }, scale: scale)
        .append(to: &bytes, bits: 8)
    }
    return bytes
  }

  /// The code of an activation; beyond the bounds it is clipped.
  public func code(_ value: Float) -> UInt8 {
    let steps = AffineGrid.rounded(max(-1e6, min(1e6, value / activationScale)))
    return UInt8(max(0, min(255, Int32(steps) + activationZero)))
  }

  /// Y[token, output] = X[token, input] * W[output, input]^T.
  public func product(_ input: Matrix) -> Matrix {
    let sums = IntegerProduct.sums(input.values.map(code), codes, columns: columns)
    let rows = scales.count
    return Matrix(
      rows: input.rows, columns: rows,
      values: sums.enumerated().map { index, sum in
        let output = index % rows
        return Float(sum - activationZero * rowSums[output]) * (activationScale * scales[output])
      })
  }
}
