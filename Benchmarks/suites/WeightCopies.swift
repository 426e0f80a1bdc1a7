import Kernels
import QuantizationFormats

/// Copies of one matrix that are multiplied in turn, so that weights come from where a case says.
final class WeightCopies {
  private let matrices: [MeasuredMatrix]
  private var index = 0

  /// Copies of rows x columns weights that together fill `bytes`, at least `least` of them, in the memory
  /// of `arena` if there is one.
  ///
  /// - Throws: ``MatrixError`` if the shape does not suit the format.
  init(
    of measured: MeasuredFormat, rows: Int, columns: Int, filling bytes: Int, least: Int,
    in arena: MatrixArena? = nil
  ) throws {
    if let bits = measured.variant?.clusteredBits {
      let first = try measured.clusteredMatrix(rows: rows, columns: columns, bits: bits)
      let count = max(least, bytes / max(1, first.packedBytes) + 1)
      matrices =
        [.clustered(first)]
        + (1..<count).map { _ in .clustered(first.duplicate(in: arena)) }
      return
    }
    let format = measured.format
    // One row of quantized blocks, repeated: what the weights are does not change the time.
    let row = (0..<columns).map { Float(($0 * 53 + 7) % 89 - 44) / 8 }
    guard let one = format.packRows(row, columns: columns) else {
      throw MatrixError.noKernel(format: format.id)
    }
    var blocks: [UInt8] = []
    blocks.reserveCapacity(one.count * rows)
    for _ in 0..<rows { blocks += one }
    let count = max(least, bytes / max(1, blocks.count) + 1)
    let first = try measured.matrix(rows: rows, columns: columns, bytes: blocks)
    matrices =
      try [first]
      + (1..<count).map { _ in
        if case .plain(let matrix) = first { return .plain(matrix.duplicate(in: arena)) }
        return try measured.matrix(rows: rows, columns: columns, bytes: blocks)
      }
  }

  /// What one product reads.
  var packedBytes: Int { matrices[0].packedBytes }

  /// Which pages the copies are in; the first may have memory of its own.
  var pages: PageUse { matrices[matrices.count - 1].pages }

  func next() -> MeasuredMatrix {
    index = (index + 1) % matrices.count
    return matrices[index]
  }
}
