/// IQ4_XS: `weight = d (sc - 32) table[code]` with a 6-bit scale per 32 weights.
///
/// Each sub-block searches 15 scales around the one that gives the weight of largest magnitude the
/// table's largest. The best of them are stored as multiples of `d`, and codes chosen anew.
struct IQ4XSCodec: IntegerBlockCodec {
  let format = StorageFormat.iq4_xs
  let weightsPerSegment = 32
  private let codes = BitPlane("qs", of: StorageFormat.iq4_xs.layout, stride: 16)
  private let low = BitPlane("scales_l", of: StorageFormat.iq4_xs.layout, stride: 1)
  private let high = BitPlane("scales_h", of: StorageFormat.iq4_xs.layout, stride: 1)

  func quantize(_ weights: Span<Float>, into block: inout MutableSpan<UInt8>) {
    var scales = SIMD8<Float>()
    var largest: Float = 0
    for segment in 0..<8 {
      scales[segment] = Self.search(weights.extracting(segment * 32..<segment * 32 + 32))
      if abs(scales[segment]) > abs(largest) { largest = scales[segment] }
    }
    let scale = -largest / 32
    let inverse = reciprocal(scale)
    block.clear()
    block.store(half: scale, at: 0)
    for segment in 0..<8 {
      let multiple = nearestEven(inverse * scales[segment], -32, 31)
      let stored = Int(multiple) + 32
      low.store(stored & 15, segment, in: &block)
      high.store(stored >> 4, segment, in: &block)
      let inverseStep = reciprocal(scale * multiple)
      for index in segment * 32..<segment * 32 + 32 {
        codes.store(UnevenSteps.nearest(inverseStep * weights[index]), index, in: &block)
      }
    }
  }

  /// The scale that fits best of those that give the largest weight a value from 120 to 134.
  private static func search(_ weights: Span<Float>) -> Float {
    let largest = weights.largestMagnitude
    guard abs(largest) >= negligibleMagnitude else { return 0 }
    let first = UnevenSteps.fit(weights, inverse: 1 / (largest / 127))
    var scale = first.squares > 0 ? first.products / first.squares : 0
    var best = scale * first.products
    for candidate in -7...7 {
      let fit = UnevenSteps.fit(weights, inverse: (Float(candidate) - 127) / largest)
      guard fit.squares > 0, fit.products * fit.products > best * fit.squares else { continue }
      scale = fit.products / fit.squares
      best = scale * fit.products
    }
    return scale
  }

  func code(_ index: Int, of block: Span<UInt8>) -> Int {
    UnevenSteps.value(codes.number(index, in: block))
  }

  func scale(_ segment: Int, of block: Span<UInt8>) -> Float {
    let multiple = low.number(segment, in: block) | high.number(segment, in: block) << 4
    return block.half(at: 0) * Float(multiple - 32)
  }
}
