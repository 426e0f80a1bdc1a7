import Kernels
import QuantizationFormats

/// Copies of a matrix that together are larger than caches, to be read in turn.
final class WeightCopies {
  let format: StorageFormat
  let rows: Int
  let columns: Int
  private let matrices: [QuantizedMatrix]
  private var index = 0

  /// As many copies as make 640 MB.
  init(format: StorageFormat, rows: Int, columns: Int) throws {
    self.format = format
    self.rows = rows
    self.columns = columns
    // One row of quantized blocks, repeated: what the weights are does not change the time.
    let row = (0..<columns).map { Float(($0 * 53 + 7) % 89 - 44) / 8 }
    let one = format.packRows(row, columns: columns) ?? []
    var bytes: [UInt8] = []
    bytes.reserveCapacity(one.count * rows)
    for _ in 0..<rows { bytes += one }
    let count = 640_000_000 / bytes.count + 1
    matrices = try (0..<count).map { _ in
      try QuantizedMatrix(rows: rows, columns: columns, format: format, bytes: bytes)
    }
  }

  /// What one product reads.
  var bytes: Int { matrices[0].packedBytes }

  /// Which pages the copies are in.
  var pages: PageUse { matrices[0].pages }

  func next() -> QuantizedMatrix {
    index = (index + 1) % matrices.count
    return matrices[index]
  }
}
