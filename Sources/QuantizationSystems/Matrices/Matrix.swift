/// A matrix of single-precision numbers, row after row.
///
/// Weights are `W[output, input]`, activations `X[token, input]`, results `Y[token, output]`.
public struct Matrix: Hashable, Sendable {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// `values[row * columns + column]`.
  public var values: [Float]

  /// A matrix of `rows` x `columns` numbers, given row after row.
  public init(rows: Int, columns: Int, values: [Float]) {
    precondition(values.count == rows * columns, "\(values.count) numbers of \(rows) x \(columns)")
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  /// A matrix of one number, repeated.
  public init(repeating value: Float, rows: Int, columns: Int) {
    self.init(
      rows: rows, columns: columns, values: [Float](repeating: value, count: rows * columns))
  }

  /// The number at a row and column.
  public subscript(row: Int, column: Int) -> Float {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  /// The numbers of a row.
  public func row(_ row: Int) -> ArraySlice<Float> {
    values[row * columns..<(row + 1) * columns]
  }

  /// The transposed matrix.
  public var transposed: Matrix {
    var result = Matrix(repeating: 0, rows: columns, columns: rows)
    for row in 0..<rows {
      for column in 0..<columns { result[column, row] = self[row, column] }
    }
    return result
  }

  /// The columns in another order: column `i` of the result is column `order[i]` of this matrix.
  public func permutingColumns(_ order: [Int]) -> Matrix {
    Matrix(
      rows: rows, columns: order.count,
      values: (0..<rows).flatMap { row in order.map { self[row, $0] } })
  }

  /// The rows in another order: row `i` of the result is row `order[i]` of this matrix.
  public func permutingRows(_ order: [Int]) -> Matrix {
    Matrix(rows: order.count, columns: columns, values: order.flatMap { row($0) })
  }

  /// Each column multiplied with a factor of its own.
  public func scalingColumns(by factors: [Float]) -> Matrix {
    var result = self
    for row in 0..<rows {
      for column in 0..<columns { result[row, column] *= factors[column] }
    }
    return result
  }

  /// The largest magnitude of each column.
  public var columnMaxima: [Float] {
    var maxima = [Float](repeating: 0, count: columns)
    for row in 0..<rows {
      for column in 0..<columns { maxima[column] = max(maxima[column], abs(self[row, column])) }
    }
    return maxima
  }

  /// The largest magnitude of each row.
  public var rowMaxima: [Float] {
    (0..<rows).map { row in self.row(row).reduce(0) { max($0, abs($1)) } }
  }
}
