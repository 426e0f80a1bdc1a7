public import QuantizationFormats

/// A tensor in bitsandbytes' 4-bit format: NF4 or FP4, with the maxima of its blocks as they are or
/// quantized once more.
public struct FourBitTensor: Hashable, Sendable {
  /// The largest magnitudes of the blocks.
  public enum Maxima: Hashable, Sendable {
    /// f32.
    case plain([Float])
    /// 8-bit codes of the dynamic map, a scale for each 256 of them, and the mean that was taken off.
    case doubleQuantized(codes: [UInt8], scales: [Float], offset: Float)
  }

  /// Maxima that share a scale.
  public static let maximaInBlock = 256

  /// How many numbers there are.
  public let count: Int
  /// Numbers in a block, in the order of the flattened tensor.
  public let block: Int
  /// What codes stand for.
  public let table: FourBitTable
  /// Two codes to a byte, the first in the high nibble.
  public let bytes: [UInt8]
  /// The largest magnitude of each block.
  public let maxima: Maxima

  /// Takes what a checkpoint holds.
  ///
  /// - Throws: ``PackingError`` if sizes do not fit.
  public init(
    count: Int, block: Int = 64, table: FourBitTable, bytes: [UInt8], maxima: Maxima
  ) throws(PackingError) {
    guard count > 0, block > 0, block.nonzeroBitCount == 1 else {
      throw .shape("\(count) numbers in blocks of \(block): blocks are powers of two")
    }
    let blocks = (count + block - 1) / block
    guard bytes.count == (count + 1) / 2 else {
      throw .wrongCount(tensor: "codes", expected: (count + 1) / 2, actual: bytes.count)
    }
    switch maxima {
    case .plain(let values) where values.count != blocks:
      throw .wrongCount(tensor: "absmax", expected: blocks, actual: values.count)
    case .doubleQuantized(let codes, let scales, _):
      let nested = (blocks + Self.maximaInBlock - 1) / Self.maximaInBlock
      guard codes.count == blocks, scales.count == nested else {
        throw .wrongCount(tensor: "nested absmax", expected: nested, actual: scales.count)
      }
    default: break
    }
    self.count = count
    self.block = block
    self.table = table
    self.bytes = bytes
    self.maxima = maxima
  }

  /// Quantizes numbers; `block` is a power of two.
  public init(
    quantizing values: [Float], block: Int = 64, table: FourBitTable,
    isDoubleQuantized: Bool = false
  ) {
    precondition(block.nonzeroBitCount == 1, "blocks of \(block)")
    let starts = stride(from: 0, to: values.count, by: block)
    let maxima = starts.map { start in
      values[start..<min(start + block, values.count)].reduce(0) { max($0, abs($1)) }
    }
    var bytes = [UInt8](repeating: 0, count: (values.count + 1) / 2)
    for (index, value) in values.enumerated() {
      let maximum = maxima[index / block]
      // bitsandbytes multiplies with the reciprocal, which decides between two values.
      let code = table.code(maximum == 0 ? 0 : value * (1 / maximum))
      bytes[index / 2] |= index.isMultiple(of: 2) ? code << 4 : code
    }
    count = values.count
    self.block = block
    self.table = table
    self.bytes = bytes
    self.maxima = isDoubleQuantized ? Self.doubleQuantized(maxima) : .plain(maxima)
  }

  private static func doubleQuantized(_ maxima: [Float]) -> Maxima {
    let sum = maxima.reduce(0.0) { $0 + Double($1) }
    let offset = Float(sum / Double(max(1, maxima.count)))
    let shifted = maxima.map { $0 - offset }
    let scales = stride(from: 0, to: shifted.count, by: maximaInBlock).map { start in
      shifted[start..<min(start + maximaInBlock, shifted.count)].reduce(0) { max($0, abs($1)) }
    }
    let codes = shifted.enumerated().map { index, value in
      let scale = scales[index / maximaInBlock]
      return DynamicMap.code(scale == 0 ? 0 : value / scale)
    }
    return .doubleQuantized(codes: codes, scales: scales, offset: offset)
  }

  /// The code of a number.
  public func code(_ index: Int) -> Int {
    Int(index.isMultiple(of: 2) ? bytes[index / 2] >> 4 : bytes[index / 2] & 15)
  }

  /// The largest magnitude of a block.
  public func maximum(_ block: Int) -> Float {
    switch maxima {
    case .plain(let values): values[block]
    case .doubleQuantized(let codes, let scales, let offset):
      DynamicMap.values[Int(codes[block])] * scales[block / Self.maximaInBlock] + offset
    }
  }

  /// The numbers that the codes stand for.
  public var dequantized: [Float] {
    (0..<count).map { table.values[code($0)] * maximum($0 / block) }
  }
}
