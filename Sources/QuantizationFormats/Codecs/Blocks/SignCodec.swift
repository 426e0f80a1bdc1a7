/// Q1_0: `weight = d` or `-d`, with the mean magnitude as `d`.
///
/// Zero counts as positive, NaN as negative; a NaN also makes the mean NaN, and with it the block.
struct SignCodec: IntegerBlockCodec {
  let format = StorageFormat.q1_0
  let weightsPerSegment = 128
  private let signs = BitPlane("qs", of: StorageFormat.q1_0.layout, stride: 1)

  func quantize(_ weights: Span<Float>, into block: inout MutableSpan<UInt8>) {
    block.clear()
    var sum: Float = 0
    for index in 0..<weights.count {
      sum += abs(weights[index])
      signs.store(weights[index] >= 0 ? 1 : 0, index, in: &block)
    }
    block.store(half: sum / Float(weights.count), at: 0)
  }

  func code(_ index: Int, of block: Span<UInt8>) -> Int {
    signs.number(index, in: block) == 1 ? 1 : -1
  }

  func scale(_ segment: Int, of block: Span<UInt8>) -> Float { block.half(at: 0) }
}
