import Kernels
import QuantizationFormats

/// Copies of one matrix that are multiplied in turn, so that weights come from where a case says.
final class WeightCopies {
  private let matrices: [QuantizedMatrix]
  private var index = 0

  /// Copies of rows x columns weights that together fill `bytes`, at least `least` of them.
  ///
  /// - Throws: ``MatrixError`` if the shape does not suit the format.
  init(
    format: StorageFormat, rows: Int, columns: Int, filling bytes: Int, least: Int
  ) throws {
    // One row of quantized blocks, repeated: what the weights are does not change the time.
    let row = (0..<columns).map { Float(($0 * 53 + 7) % 89 - 44) / 8 }
    guard let one = format.packRows(row, columns: columns) else {
      throw MatrixError.noKernel(format: format.id)
    }
    var blocks: [UInt8] = []
    blocks.reserveCapacity(one.count * rows)
    for _ in 0..<rows { blocks += one }
    let count = max(least, bytes / max(1, blocks.count) + 1)
    let first = try QuantizedMatrix(rows: rows, columns: columns, format: format, bytes: blocks)
    matrices = [first] + (1..<count).map { _ in first.duplicate() }
  }

  /// What one product reads.
  var packedBytes: Int { matrices[0].packedBytes }

  /// Which pages the copies are in.
  var pages: PageUse { matrices[0].pages }

  func next() -> QuantizedMatrix {
    index = (index + 1) % matrices.count
    return matrices[index]
  }
}
