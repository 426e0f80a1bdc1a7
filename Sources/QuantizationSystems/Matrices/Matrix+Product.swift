extension Matrix {
  /// Y[token, output] = X[token, input] * W[output, input]^T, with sums in double precision.
  public func product(with weights: Matrix) -> Matrix {
    precondition(columns == weights.columns, "\(columns) and \(weights.columns) inputs")
    let transposed = weights.transposed
    var result = Matrix(repeating: 0, rows: rows, columns: weights.rows)
    var sums = [Double](repeating: 0, count: weights.rows)
    for token in 0..<rows {
      for output in sums.indices { sums[output] = 0 }
      for input in 0..<columns {
        Self.add(transposed.values.span, input * sums.count, self[token, input], to: &sums)
      }
      for output in sums.indices { result[token, output] = Float(sums[output]) }
    }
    return result
  }

  private static func add(
    _ values: Span<Float>, _ start: Int, _ factor: Float, to sums: inout [Double]
  ) {
    guard factor != 0 else { return }
    let row = values.extracting(start..<start + sums.count)
    var target = sums.mutableSpan
    for index in target.indices { target[index] += Double(factor) * Double(row[index]) }
  }

  /// Z[row, column] = A[row, inner] * B[inner, column], in single precision and the order of inner.
  func times(_ other: Matrix) -> Matrix {
    precondition(columns == other.rows, "\(columns) columns meet \(other.rows) rows")
    var result = Matrix(repeating: 0, rows: rows, columns: other.columns)
    let width = other.columns
    for row in 0..<rows {
      for inner in 0..<columns {
        let factor = self[row, inner]
        guard factor != 0 else { continue }
        let source = other.values.span.extracting(inner * width..<(inner + 1) * width)
        var target = result.values.mutableSpan
        for column in 0..<width {
          target[row * width + column] += factor * source[column]
        }
      }
    }
    return result
  }

  /// The norm of the difference over the norm of `exact`, both of the whole matrix.
  public func relativeError(to exact: Matrix) -> Double {
    var noise = 0.0
    var signal = 0.0
    for (value, other) in zip(values, exact.values) {
      noise += (Double(value) - Double(other)) * (Double(value) - Double(other))
      signal += Double(other) * Double(other)
    }
    return signal > 0 ? (noise / signal).squareRoot() : noise.squareRoot()
  }
}
