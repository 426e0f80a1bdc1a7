/// A matrix of integer codes whose input channels fall into groups, each with a grid per output.
///
///     W[output, input] = scale[output, g] * (code[output, input] - zero[output, g]),
///     g = group[input]
///
/// This is what GPTQ, AWQ, OmniQuant and RPTQ produce; their packings are different orders of it.
public struct GroupedCodes: Hashable, Sendable {
  /// The number of outputs.
  public let rows: Int
  /// The number of inputs.
  public let columns: Int
  /// The width of a code.
  public let bits: Int
  /// The group of each input.
  public let group: [Int]
  /// `codes[output * columns + input]`, from 0 to 2^bits - 1.
  public var codes: [UInt8]
  /// `grids[output * groups + g]`.
  public var grids: [AffineGrid]

  /// Codes of `rows` outputs from their parts.
  public init(
    rows: Int, columns: Int, bits: Int, group: [Int], codes: [UInt8], grids: [AffineGrid]
  ) {
    precondition(codes.count == rows * columns && group.count == columns)
    self.rows = rows
    self.columns = columns
    self.bits = bits
    self.group = group
    self.codes = codes
    self.grids = grids
  }

  /// The number of groups.
  public var groups: Int { rows == 0 ? 0 : grids.count / rows }

  /// The grid of an output and a group.
  public func grid(_ output: Int, _ group: Int) -> AffineGrid { grids[output * groups + group] }

  /// The code of a weight.
  public func code(_ output: Int, _ input: Int) -> Int { Int(codes[output * columns + input]) }

  /// What the codes stand for.
  public var dequantized: Matrix {
    var result = Matrix(repeating: 0, rows: rows, columns: columns)
    for output in 0..<rows {
      for input in 0..<columns {
        result[output, input] = grid(output, group[input]).value(code(output, input))
      }
    }
    return result
  }

  /// Rounds weights to the nearest code of the grids that `makeGrid` finds for each group: plain
  /// round-to-nearest, which calibrated methods must beat.
  ///
  /// A group has `size` inputs; the last may be shorter.
  public init(
    rounding weights: Matrix, bits: Int, group size: Int,
    grid makeGrid: (ArraySlice<Float>) -> AffineGrid
  ) {
    let group = (0..<weights.columns).map { $0 / size }
    var codes: [UInt8] = []
    var grids: [AffineGrid] = []
    codes.reserveCapacity(weights.values.count)
    for output in 0..<weights.rows {
      let row = weights.row(output)
      for first in stride(from: row.startIndex, to: row.endIndex, by: size) {
        let part = row[first..<min(first + size, row.endIndex)]
        let grid = makeGrid(part)
        grids.append(grid)
        codes += part.map { UInt8(grid.code($0)) }
      }
    }
    self.init(
      rows: weights.rows, columns: weights.columns, bits: bits, group: group, codes: codes,
      grids: grids)
  }
}
