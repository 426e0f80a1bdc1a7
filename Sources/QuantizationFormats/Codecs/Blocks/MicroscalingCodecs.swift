// Blocks of 4-bit floats with 8-bit scales.

/// MXFP4: `weight = 2^(e - 127) E2M1[code]`.
///
/// The exponent is that of the largest magnitude less 2, E2M1's own largest. It is thus rounded
/// down: weights from 6 to 8 times the scale are cut to 6. ggml takes the exponent from `log2f`,
/// which may be one more when the largest magnitude is within a few parts in 2^24 below a power of
/// two, where no 16-bit number is.
struct MXFP4Codec: IntegerBlockCodec {
  let format = StorageFormat.mxfp4
  let weightsPerSegment = 32
  private let codes = BitPlane("qs", of: StorageFormat.mxfp4.layout, stride: 16)

  func quantize(_ weights: Span<Float>, into block: inout MutableSpan<UInt8>) {
    let exponent = E8M0.floor(abs(weights.largestMagnitude))
    block.clear()
    block[0] = exponent > 2 ? exponent - 2 : 0
    let scale = E8M0.decodeHalf(block[0])
    for index in 0..<weights.count {
      codes.store(FourBitFloat.nearest(weights[index], scale: scale), index, in: &block)
    }
  }

  func code(_ index: Int, of block: Span<UInt8>) -> Int {
    FourBitFloat.doubled(codes.number(index, in: block))
  }

  func scale(_ segment: Int, of block: Span<UInt8>) -> Float { E8M0.decodeHalf(block[0]) }
}

/// NVFP4: `weight = UE4M3(d[i / 16]) E2M1[code]`.
///
/// A scale is a sixth of the largest magnitude of its 16 weights, so that 6 stands for it. Below
/// 6 * 2^-10 it vanishes, and from 6 * 248 on it is 448 (see `UE4M3`).
struct NVFP4Codec: IntegerBlockCodec {
  let format = StorageFormat.nvfp4
  let weightsPerSegment = 16
  private let codes = BitPlane("qs", of: StorageFormat.nvfp4.layout, stride: 8)

  func quantize(_ weights: Span<Float>, into block: inout MutableSpan<UInt8>) {
    block.clear()
    for segment in 0..<4 {
      let range = segment * 16..<(segment + 1) * 16
      let largest = abs(weights.extracting(range).largestMagnitude)
      block[segment] = UE4M3.encode(largest / 6)
      let scale = UE4M3.decode(block[segment]) / 2
      for index in range {
        codes.store(FourBitFloat.nearest(weights[index], scale: scale), index, in: &block)
      }
    }
  }

  func code(_ index: Int, of block: Span<UInt8>) -> Int {
    FourBitFloat.doubled(codes.number(index, in: block))
  }

  func scale(_ segment: Int, of block: Span<UInt8>) -> Float {
    UE4M3.decode(block[segment]) / 2
  }
}
