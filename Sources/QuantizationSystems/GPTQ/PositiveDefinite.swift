/// A symmetric positive definite matrix in double precision.
struct PositiveDefinite {
  let size: Int
  var values: [Double]

  /// Why a factorization stopped: the matrix is not positive definite.
  struct Singular: Error {
    let pivot: Int
  }

  /// The lower triangular L with `L L^T` equal to this matrix.
  func cholesky() throws(Singular) -> [Double] {
    var lower = [Double](repeating: 0, count: size * size)
    for row in 0..<size {
      for column in 0...row {
        let known = Self.dot(lower.span, row * size, column * size, count: column)
        let sum = values[row * size + column] - known
        if row == column {
          guard sum > 0 else { throw Singular(pivot: row) }
          lower[row * size + row] = sum.squareRoot()
        } else {
          lower[row * size + column] = sum / lower[column * size + column]
        }
      }
    }
    return lower
  }

  private static func dot(_ values: Span<Double>, _ first: Int, _ second: Int, count: Int) -> Double
  {
    var sum = 0.0
    for index in 0..<count { sum += values[first + index] * values[second + index] }
    return sum
  }

  /// The inverse.
  func inverse() throws(Singular) -> PositiveDefinite {
    let lower = try cholesky()
    // Row i of `solved` is column i of the inverse of L: L x = e_i by forward substitution.
    var solved = [Double](repeating: 0, count: size * size)
    for unit in 0..<size {
      for row in unit..<size {
        var sum = row == unit ? 1.0 : 0
        for index in unit..<row { sum -= lower[row * size + index] * solved[unit * size + index] }
        solved[unit * size + row] = sum / lower[row * size + row]
      }
    }
    var result = PositiveDefinite(size: size, values: [Double](repeating: 0, count: size * size))
    for row in 0..<size {
      for column in 0...row {
        var sum = 0.0
        for index in row..<size {
          sum += solved[row * size + index] * solved[column * size + index]
        }
        result.values[row * size + column] = sum
        result.values[column * size + row] = sum
      }
    }
    return result
  }

  /// The upper triangular U with `U^T U` equal to the inverse.
  func upperFactorOfInverse() throws(Singular) -> [Double] {
    let lower = try inverse().cholesky()
    var upper = lower
    for row in 0..<size {
      for column in 0..<size { upper[row * size + column] = lower[column * size + row] }
    }
    return upper
  }
}
