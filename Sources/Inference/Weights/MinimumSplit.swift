import Kernels
import QuantizationFormats

/// Takes the minimums of a block format apart: `d q + m = d (q - offset) + (m + offset d)`.
///
/// The first part is a format without minimums, whose kernels round activations with a scale per 32;
/// the second meets the sums of the rounded activations, exactly, in f32.
struct MinimumSplit {
  /// The format of the first part.
  private let format: StorageFormat
  private let offset: Float
  /// Bytes of a block before, of which d and m are the first four.
  private let blockBytes: Int

  /// `nil` for formats whose kernels round activations with a scale per 32 anyway, or that have
  /// superblocks.
  init?(_ format: StorageFormat) {
    switch format {
    case .q4_1: (self.format, offset) = (.q4_0, 8)
    case .q5_1: (self.format, offset) = (.q5_0, 16)
    default: return nil
    }
    blockBytes = format.layout.bitsPerBlock / 8
  }

  /// Packs rows that `portion` gives in the format before.
  func matrix(
    rows: Int, columns: Int, portion: (Range<Int>) throws -> [UInt8]
  ) throws -> PackedMatrix {
    let first = try QuantizedMatrix(rows: rows, columns: columns, format: format) {
      withoutMinimums(try portion($0))
    }
    let second = try QuantizedMatrix(rows: rows, columns: columns / 32, format: .f32) {
      minimums(try portion($0))
    }
    return PackedMatrix(first, minimums: second)
  }

  private func withoutMinimums(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    for block in stride(from: 0, to: bytes.count, by: blockBytes) {
      result += bytes[block..<block + 2]
      result += bytes[block + 4..<block + blockBytes]
    }
    return result
  }

  private func minimums(_ bytes: [UInt8]) -> [UInt8] {
    var halves: [UInt8] = []
    for block in stride(from: 0, to: bytes.count, by: blockBytes) {
      halves += bytes[block..<block + 4]
    }
    let numbers = StorageFormat.f16.unpackRows(halves, columns: halves.count / 2) ?? []
    return stride(from: 0, to: numbers.count, by: 2).flatMap { at in
      let bits = (numbers[at + 1] + offset * numbers[at]).bitPattern
      return (0..<4).map { UInt8(truncatingIfNeeded: bits >> UInt32(8 * $0)) }
    }
  }
}
