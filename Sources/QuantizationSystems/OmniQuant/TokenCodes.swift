/// Activations with a dynamic asymmetric grid for each token, as OmniQuant's W4A4 and W6A6 have them.
public struct TokenCodes: Hashable, Sendable {
  /// `codes[token * columns + column]`.
  public let codes: [UInt8]
  /// The grid of each token.
  public let grids: [AffineGrid]
  /// The number of channels.
  public let columns: Int

  /// Quantizes X[token, input] to `bits` bits.
  public init(quantizing activations: Matrix, bits: Int) {
    let grids = (0..<activations.rows).map {
      AffineGrid(clipping: activations.row($0), bits: bits)
    }
    columns = activations.columns
    let columns = activations.columns
    codes = activations.values.enumerated().map { UInt8(grids[$0 / columns].code($1)) }
    self.grids = grids
  }

  /// What the codes stand for.
  public var dequantized: Matrix {
    Matrix(
      rows: grids.count, columns: columns,
      values: codes.enumerated().map { grids[$0 / columns].value(Int($1)) })
  }

  /// Y = X W^T by integers alone, with one grid per output, from one product and three sums.
  ///
  ///     sum (a - za)(w - zw) = sum a w - zw sum a - za sum w + K za zw
  public func product(with weights: GroupedCodes) -> Matrix {
    precondition(weights.groups == 1, "one grid per output")
    let sums = IntegerProduct.sums(codes, weights.codes, columns: columns)
    let tokenSums = IntegerProduct.rowSums(codes, columns: columns)
    let outputSums = IntegerProduct.rowSums(weights.codes, columns: columns)
    var result = Matrix(repeating: 0, rows: grids.count, columns: weights.rows)
    for (token, grid) in grids.enumerated() {
      for output in 0..<weights.rows {
        let other = weights.grid(output, 0)
        let exact =
          Int(sums[token * weights.rows + output]) - other.zero * Int(tokenSums[token])
          - grid.zero * Int(outputSums[output]) + columns * grid.zero * other.zero
        result[token, output] = Float(exact) * (grid.scale * other.scale)
      }
    }
    return result
  }
}
