/// GPTQ (Frantar and others, 2023): rounds weights column by column, and makes the columns that are left
/// take up the error of the layer's output.
public struct GPTQ: Sendable {
  /// The width of a code: 2 to 8.
  public var bits: Int
  /// Inputs in a group; `nil` for one group in a row.
  public var group: Int?
  /// Whether grids reach as far below zero as above it.
  public var isSymmetric: Bool
  /// What is added to the Hessian's diagonal, as a share of its mean.
  public var damping: Double
  /// Whether columns are processed by decreasing diagonal of the Hessian (`desc_act`).
  public var ordersByActivation: Bool
  /// Columns whose corrections reach the rest of the row together.
  public var blockColumns = 128

  /// GPTQ with the settings of its authors, unless others are given.
  public init(
    bits: Int, group: Int? = 128, isSymmetric: Bool = false, damping: Double = 0.01,
    ordersByActivation: Bool = false
  ) {
    self.bits = bits
    self.group = group
    self.isSymmetric = isSymmetric
    self.damping = damping
    self.ordersByActivation = ordersByActivation
  }

  /// The layer cannot be calibrated.
  public struct CalibrationError: Error, Hashable, CustomStringConvertible {
    /// What is wrong and the remedy.
    public let description: String
  }

  /// Quantizes W[output, input] for activations like X[token, input].
  ///
  /// Scales are rounded to binary16 before codes are chosen, so that what a checkpoint stores is what
  /// the errors were computed with.
  ///
  /// - Throws: ``CalibrationError`` if the activations make no usable Hessian.
  public func quantize(
    _ weights: Matrix, calibration: Matrix
  ) throws(CalibrationError) -> GroupedCodes {
    let size = group ?? weights.columns
    return try quantize(
      weights, hessian: Self.hessian(of: calibration),
      groups: (0..<weights.columns).map { $0 / size })
  }

  /// 2 X^T X / tokens.
  static func hessian(of activations: Matrix) -> PositiveDefinite {
    let size = activations.columns
    var values = [Double](repeating: 0, count: size * size)
    for token in 0..<activations.rows {
      let row = Array(activations.row(token))
      for first in 0..<size where row[first] != 0 {
        let factor = 2 * Double(row[first])
        var target = values.mutableSpan
        let source = row.span
        for second in 0..<size { target[first * size + second] += factor * Double(source[second]) }
      }
    }
    let tokens = Double(max(1, activations.rows))
    return PositiveDefinite(size: size, values: values.map { $0 / tokens })
  }

  /// Quantizes with groups of any shape: position `p` of the order in which columns are processed
  /// belongs to `groups[p]`, ascending.
  func quantize(
    _ weights: Matrix, hessian: PositiveDefinite, groups: [Int]
  ) throws(CalibrationError) -> GroupedCodes {
    var hessian = hessian
    let size = weights.columns
    guard hessian.size == size else {
      throw CalibrationError(
        description: "activations have \(hessian.size) channels, weights \(size) inputs")
    }
    var weights = weights
    for input in 0..<size where hessian.values[input * size + input] == 0 {
      hessian.values[input * size + input] = 1
      for output in 0..<weights.rows { weights[output, input] = 0 }
    }
    let diagonal = (0..<size).map { hessian.values[$0 * size + $0] }
    let order =
      ordersByActivation
      ? (0..<size).sorted { (diagonal[$0], $1) > (diagonal[$1], $0) } : Array(0..<size)
    let factor = try inverseFactor(hessian, order: order)
    let columns = Columns(factor: factor, size: size, groups: groups)
    var codes = [UInt8](repeating: 0, count: weights.values.count)
    var grids: [AffineGrid] = []
    for output in 0..<weights.rows {
      let (rowCodes, rowGrids) = quantizeRow(order.map { weights[output, $0] }, columns)
      for (position, input) in order.enumerated() {
        codes[output * size + input] = rowCodes[position]
      }
      grids += rowGrids
    }
    var group = [Int](repeating: 0, count: size)
    for (position, input) in order.enumerated() { group[input] = groups[position] }
    return GroupedCodes(
      rows: weights.rows, columns: size, bits: bits, group: group, codes: codes, grids: grids)
  }

  private func inverseFactor(
    _ hessian: PositiveDefinite, order: [Int]
  ) throws(CalibrationError) -> [Float] {
    let size = hessian.size
    var permuted = hessian
    for (row, source) in order.enumerated() {
      for (column, other) in order.enumerated() {
        permuted.values[row * size + column] = hessian.values[source * size + other]
      }
    }
    let mean = (0..<size).reduce(0.0) { $0 + hessian.values[$1 * size + $1] } / Double(size)
    for index in 0..<size { permuted.values[index * size + index] += damping * mean }
    do {
      return try permuted.upperFactorOfInverse().map { Float($0) }
    } catch {
      throw CalibrationError(
        description: "the Hessian is not positive definite at channel \(order[error.pivot]);"
          + " calibrate with more tokens, or raise the damping above \(damping)")
    }
  }

  /// What all rows share: the factor U of the inverse Hessian, and the groups.
  private struct Columns {
    let factor: [Float]
    let size: Int
    let groups: [Int]
  }

  private func quantizeRow(_ row: [Float], _ columns: Columns) -> ([UInt8], [AffineGrid]) {
    var row = row
    var codes: [UInt8] = []
    var grids: [AffineGrid] = []
    var errors = [Float](repeating: 0, count: row.count)
    for first in stride(from: 0, to: row.count, by: blockColumns) {
      let end = min(first + blockColumns, row.count)
      for column in first..<end {
        if column == 0 || columns.groups[column] != columns.groups[column - 1] {
          let last = columns.groups[column...].firstIndex { $0 != columns.groups[column] }
          let values = row[column..<(last ?? row.count)]
          grids.append(AffineGrid(gptq: values, bits: bits, isSymmetric: isSymmetric).withHalfScale)
        }
        guard let grid = grids.last else { continue }
        let code = grid.code(row[column])
        codes.append(UInt8(code))
        let pivot = columns.factor[column * columns.size + column]
        errors[column] = (row[column] - grid.value(code)) / pivot
        Self.correct(&row, errors[column], column, columns, within: column + 1..<end)
      }
      for column in first..<end {
        Self.correct(&row, errors[column], column, columns, within: end..<row.count)
      }
    }
    return (codes, grids)
  }

  /// Spreads the error of a column over some of those that follow.
  private static func correct(
    _ row: inout [Float], _ error: Float, _ column: Int, _ columns: Columns,
    within range: Range<Int>
  ) {
    let start = column * columns.size
    let factor = columns.factor.span.extracting(start..<start + columns.size)
    var target = row.mutableSpan
    for index in range { target[index] -= error * factor[index] }
  }
}
