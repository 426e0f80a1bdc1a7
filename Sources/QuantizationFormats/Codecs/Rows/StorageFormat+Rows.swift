// Whole rows, as kernels take them: blocks, or the codes of a row and what the row shares.

extension StorageFormat {
  /// Packs a matrix of whole rows; `nil` if this format has no codec, or rows are not whole blocks.
  ///
  /// Formats with a codec are packed block after block, ``integerGroups``, `nf4` and `fp4` group after
  /// group: see ``CodeGroup``; a block of a table is its f32 maximum and its codes. Each row of ``int8RowMaximum`` is its codes,
  /// followed by the row's largest magnitude as a little-endian f32; ``integerChannels`` are rows of
  /// ``ChannelRow``.
  public func packRows(_ weights: [Float], columns: Int) -> [UInt8]? {
    guard columns > 0, weights.count.isMultiple(of: columns),
      columns.isMultiple(of: weightsPerRowUnit)
    else { return nil }
    if integerGroupBits != nil || fourBitTable != nil { return packGroups(weights) }
    if let bits = integerChannelBits {
      return packChannels(weights, columns: columns, bits: bits)
    }
    guard self == .int8RowMaximum else { return try? codec?.quantizeRow(weights) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(weights.count / columns * (columns + 4))
    for first in stride(from: 0, to: weights.count, by: columns) {
      let row = weights[first..<first + columns]
      bytes += Int8Row(quantizing: Array(row)).codes.map { UInt8(bitPattern: $0) }
      let maximum = abs(Array(row).span.largestMagnitude).bitPattern
      for byte in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: maximum >> UInt32(8 * byte))) }
    }
    return bytes
  }

  /// Unpacks what ``packRows(_:columns:)`` packs; `nil` for another size or a format without codec.
  public func unpackRows(_ bytes: [UInt8], columns: Int) -> [Float]? {
    if integerGroupBits != nil || fourBitTable != nil { return unpackGroups(bytes) }
    if let bits = integerChannelBits {
      return unpackChannels(bytes, columns: columns, bits: bits)
    }
    guard self == .int8RowMaximum else { return try? codec?.dequantizeRow(bytes) }
    guard columns > 0, bytes.count.isMultiple(of: columns + 4) else { return nil }
    return stride(from: 0, to: bytes.count, by: columns + 4).flatMap { first in
      let maximum = bytes.span.float(at: first + columns)
      let codes = bytes[first..<first + columns].map { Int8(bitPattern: $0) }
      return Int8Row(scale: maximum / 127, codes: codes).values
    }
  }
}
