/// Packs the blocks of one storage format and reads them back.
///
/// `dequantize` defines what a block means; `quantize` is one lawful way to make a block, that of
/// ggml's reference functions (no importance matrix). Kernels are tested against both.
///
/// Nothing traps. Weights that a format cannot hold give blocks that are defined but of no use:
///
/// - A scale below 2^-25 is zero in binary16, and so is every weight of its block. One above 65504
///   is infinite, and its block unpacks to infinities and NaNs. Fits of sub-blocks also take cubes
///   of weights, which overflow from 10^12 or so.
/// - A NaN has no part in a scale and takes the lowest code (0 in MXFP4 and NVFP4); the rest of the
///   block is as without it. In Q1_0 it makes the block NaN. In formats that fit scales by least
///   squares (IQ4 and K) it spoils the fit, and its sub-block may become zero.
/// - An infinite weight leaves no finite weight in its block. Q3_K, Q6_K, IQ4_XS and NVFP4 instead
///   lose it and may zero its sub-block; MXFP4 takes it for its largest number.
public protocol BlockCodec: Sendable {
  /// How the blocks are laid out.
  var format: StorageFormat { get }

  /// Packs `weightsPerBlock` weights into the `bytesPerBlock` bytes of one block.
  func quantize(_ weights: Span<Float>, into block: inout MutableSpan<UInt8>)

  /// Unpacks the `bytesPerBlock` bytes of one block into `weightsPerBlock` weights.
  func dequantize(_ block: Span<UInt8>, into weights: inout MutableSpan<Float>)
}

extension BlockCodec {
  /// How many consecutive weights share a block.
  public var weightsPerBlock: Int { format.layout.weightsPerBlock }

  /// The size of one block.
  public var bytesPerBlock: Int { format.layout.bitsPerBlock / 8 }

  /// Packs a row, or a matrix of whole rows.
  public func quantizeRow(_ weights: [Float]) throws(CodecError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: weights.count / weightsPerBlock * bytesPerBlock)
    var span = bytes.mutableSpan
    try quantizeRow(weights.span, into: &span)
    return bytes
  }

  /// Unpacks a row, or a matrix of whole rows.
  public func dequantizeRow(_ bytes: [UInt8]) throws(CodecError) -> [Float] {
    var weights = [Float](repeating: 0, count: bytes.count / bytesPerBlock * weightsPerBlock)
    var span = weights.mutableSpan
    try dequantizeRow(bytes.span, into: &span)
    return weights
  }

  /// Packs a row into memory of its caller.
  public func quantizeRow(
    _ weights: Span<Float>, into bytes: inout MutableSpan<UInt8>
  ) throws(CodecError) {
    let (count, size) = (weightsPerBlock, bytesPerBlock)
    var packed = [UInt8](repeating: 0, count: size)
    var span = packed.mutableSpan
    for block in 0..<(try blocks(weights: weights.count, bytes: bytes.count)) {
      quantize(weights.extracting(block * count..<(block + 1) * count), into: &span)
      for byte in 0..<size { bytes[block * size + byte] = span[byte] }
    }
  }

  /// Unpacks a row into memory of its caller.
  public func dequantizeRow(
    _ bytes: Span<UInt8>, into weights: inout MutableSpan<Float>
  ) throws(CodecError) {
    let (count, size) = (weightsPerBlock, bytesPerBlock)
    var unpacked = [Float](repeating: 0, count: count)
    var span = unpacked.mutableSpan
    for block in 0..<(try blocks(weights: weights.count, bytes: bytes.count)) {
      dequantize(bytes.extracting(block * size..<(block + 1) * size), into: &span)
      for index in 0..<count { weights[block * count + index] = span[index] }
    }
  }

  /// How many blocks the counts of a row stand for.
  func blocks(weights: Int, bytes: Int) throws(CodecError) -> Int {
    guard weights.isMultiple(of: weightsPerBlock) else {
      throw .partialBlock(format: format.id, weights: weights, perBlock: weightsPerBlock)
    }
    let blocks = weights / weightsPerBlock
    guard bytes == blocks * bytesPerBlock else {
      throw .byteCount(format: format.id, expected: blocks * bytesPerBlock, actual: bytes)
    }
    return blocks
  }
}
