/// IQ4_NL: `weight = d table[code]`.
///
/// Codes are chosen with the scale at which the weight of largest magnitude gets the table's
/// largest, -127; then `d` is refitted to these codes by least squares. (llama-quantize also
/// searches scales around that one; ggml's reference row function, which this is, does not.)
struct IQ4NLCodec: IntegerBlockCodec {
  let format = StorageFormat.iq4_nl
  let weightsPerSegment = 32
  private let codes = BitPlane("qs", of: StorageFormat.iq4_nl.layout, stride: 16)

  func quantize(_ weights: Span<Float>, into block: inout MutableSpan<UInt8>) {
    let largest = weights.largestMagnitude
    block.clear()
    guard abs(largest) >= negligibleMagnitude else {
      // ggml leaves these codes to chance.
      for index in 0..<weights.count { codes.store(UnevenSteps.zero, index, in: &block) }
      return
    }
    let inverse = 1 / (largest / -127)
    for index in 0..<weights.count {
      codes.store(UnevenSteps.nearest(inverse * weights[index]), index, in: &block)
    }
    let fit = UnevenSteps.fit(weights, inverse: inverse)
    block.store(half: fit.squares > 0 ? fit.products / fit.squares : 0, at: 0)
  }

  func code(_ index: Int, of block: Span<UInt8>) -> Int {
    UnevenSteps.value(codes.number(index, in: block))
  }

  func scale(_ segment: Int, of block: Span<UInt8>) -> Float { block.half(at: 0) }
}
