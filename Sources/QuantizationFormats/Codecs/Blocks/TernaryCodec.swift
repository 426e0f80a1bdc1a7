/// Q2_0 and TQ2_0: `weight = d (code - 1)`, with the largest magnitude as `d`.
///
/// Code 3 means `2 d`. Weights never need it, but a file may hold it.
struct TernaryCodec: IntegerBlockCodec {
  static let q2 = TernaryCodec(.q2_0, stride: 1)
  static let tq2 = TernaryCodec(.tq2_0, stride: 32)

  let format: StorageFormat
  let weightsPerSegment: Int
  private let codes: BitPlane
  private let scaleByte: Int

  private init(_ format: StorageFormat, stride: Int) {
    self.format = format
    self.weightsPerSegment = format.layout.weightsPerBlock
    self.codes = BitPlane("qs", of: format.layout, stride: stride)
    self.scaleByte = format.layout.byteOffset(of: "d")
  }

  func quantize(_ weights: Span<Float>, into block: inout MutableSpan<UInt8>) {
    let scale = abs(weights.largestMagnitude)
    let inverse = reciprocal(scale)
    block.clear()
    block.store(half: scale, at: scaleByte)
    for index in 0..<weights.count {
      codes.store(nearestAway(weights[index] * inverse, -1, 1) + 1, index, in: &block)
    }
  }

  func code(_ index: Int, of block: Span<UInt8>) -> Int { codes.number(index, in: block) - 1 }

  func scale(_ segment: Int, of block: Span<UInt8>) -> Float { block.half(at: scaleByte) }
}
