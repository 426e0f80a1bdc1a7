// Formats that store every number alone: a block is one number, and only its rounding is lost.

/// IEEE binary32.
struct Binary32Codec: BlockCodec {
  let format = StorageFormat.f32

  func quantize(_ weights: Span<Float>, into block: inout MutableSpan<UInt8>) {
    block.store(float: weights[0], at: 0)
  }

  func dequantize(_ block: Span<UInt8>, into weights: inout MutableSpan<Float>) {
    weights[0] = block.float(at: 0)
  }
}

/// IEEE binary16.
struct Binary16Codec: BlockCodec {
  let format = StorageFormat.f16

  func quantize(_ weights: Span<Float>, into block: inout MutableSpan<UInt8>) {
    block.store(half: weights[0], at: 0)
  }

  func dequantize(_ block: Span<UInt8>, into weights: inout MutableSpan<Float>) {
    weights[0] = block.half(at: 0)
  }
}

/// The upper half of an IEEE binary32.
struct BrainFloat16Codec: BlockCodec {
  let format = StorageFormat.bf16

  func quantize(_ weights: Span<Float>, into block: inout MutableSpan<UInt8>) {
    block.store(word: BrainFloat16.encode(weights[0]), at: 0)
  }

  func dequantize(_ block: Span<UInt8>, into weights: inout MutableSpan<Float>) {
    weights[0] = BrainFloat16.decode(block.word(at: 0))
  }
}
