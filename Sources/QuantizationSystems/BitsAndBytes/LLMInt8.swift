import QuantizationFormats

/// LLM.int8() (Dettmers and others, 2022): int8 rows and tokens, with outlying columns multiplied apart.
public struct LLMInt8: Sendable {
  /// With what outlying columns of the activations are multiplied.
  public enum OutlierWeights: Sendable {
    /// The original weights in f16, as the paper describes it.
    case half(Matrix)
    /// The int8 weights, dequantized, as bitsandbytes does: it keeps no others.
    case dequantized
  }

  /// Activations of at least this magnitude are outliers.
  public static let threshold: Float = 6

  /// `round(W 127 / maximum)`, row after row.
  public let codes: [Int8]
  /// The largest magnitude of each row (`SCB`).
  public let maxima: [Float]
  /// The number of inputs.
  public let columns: Int
  /// With what outliers are multiplied.
  public let outlierWeights: OutlierWeights

  /// Quantizes W[output, input].
  public init(quantizing weights: Matrix, keepsHalfWeights: Bool = false) {
    maxima = weights.rowMaxima
    columns = weights.columns
    codes = zip(0..., maxima).flatMap { output, maximum in
      weights.row(output).map { Self.code($0, maximum) }
    }
    outlierWeights =
      keepsHalfWeights
      ? .half(
        Matrix(
          rows: weights.rows, columns: weights.columns, values: weights.values.map(Self.half)))
      : .dequantized
  }

  static func code(_ value: Float, _ maximum: Float) -> Int8 {
    maximum == 0 ? 0 : Int8(max(-127, min(127, AffineGrid.rounded(value * (127 / maximum)))))
  }

  private static func half(_ value: Float) -> Float { Binary16.decode(Binary16.encode(value)) }

  /// The number of outputs.
  public var rows: Int { maxima.count }

  /// The weights that the codes stand for: `code maximum / 127`.
  public var dequantized: Matrix {
    Matrix(
      rows: rows, columns: columns,
      values: codes.enumerated().map { Float($1) * maxima[$0 / columns] / 127 })
  }

  /// Activations with what is outlying taken out: int8 tokens, and the columns that hold outliers.
  public struct Activations: Hashable, Sendable {
    /// `codes[token * columns + column]`, 0 in outlying columns.
    public let codes: [Int8]
    /// The largest magnitude of each token beside its outliers (`SCA`).
    public let maxima: [Float]
    /// The columns with an outlier in any token, ascending.
    public let outlierColumns: [Int]

    /// Finds outliers of X[token, input] and quantizes the rest.
    public init(quantizing activations: Matrix, threshold: Float = LLMInt8.threshold) {
      let columns = activations.columnMaxima.enumerated().filter { $1 >= threshold }.map(\.offset)
      var inner = activations
      for index in inner.values.indices where abs(inner.values[index]) >= threshold {
        inner.values[index] = 0
      }
      let maxima = inner.rowMaxima
      var codes = inner.values.enumerated().map {
        LLMInt8.code($1, maxima[$0 / inner.columns])
      }
      for token in 0..<inner.rows {
        for column in columns { codes[token * inner.columns + column] = 0 }
      }
      self.codes = codes
      self.maxima = maxima
      outlierColumns = columns
    }
  }

  /// Y[token, output] = X[token, input] * W[output, input]^T, with int32 sums and outliers in f16.
  public func product(_ activations: Matrix) -> Matrix {
    let quantized = Activations(quantizing: activations)
    let sums = IntegerProduct.sums(quantized.codes, codes, columns: columns)
    var result = Matrix(repeating: 0, rows: activations.rows, columns: rows)
    for token in 0..<activations.rows {
      for output in 0..<rows {
        let scale = quantized.maxima[token] * maxima[output] * (1 / Float(127 * 127))
        result[token, output] = Float(sums[token * rows + output]) * scale
        for column in quantized.outlierColumns {
          result[token, output] +=
            Self.half(activations[token, column]) * outlierWeight(output, column)
        }
      }
    }
    return result
  }

  private func outlierWeight(_ output: Int, _ column: Int) -> Float {
    switch outlierWeights {
    case .half(let weights): weights[output, column]
    case .dequantized: Float(codes[output * columns + column]) * maxima[output] / 127
    }
  }
}
