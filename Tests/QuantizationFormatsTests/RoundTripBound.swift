import QuantizationFormats

/// How far a weight may be from what a format makes of it, for weights that the format can hold.
///
/// A scale d that is stored in binary16 is off by up to `|d| 2^-11 + 2^-25`, and a weight by as
/// much times its code; with the largest code that is `rounded(...)` below. Half a step comes from
/// rounding to a code. What exceeds half a step has its reason beside it.
struct RoundTripBound {
  /// The weights of a block.
  let weights: [Float]

  private var largest: Float { weights.map(abs).max() ?? 0 }
  private var range: Float { (weights.max() ?? 0) - (weights.min() ?? 0) }

  /// The bounds for each weight of a block; `nil` for formats that search, see `isNearest`.
  func bounds(_ format: StorageFormat) -> [Float]? {
    // Binary32 arithmetic on the way.
    let slop = largest * 0x1p-20
    switch format {
    case .f32: return weights.map { _ in 0 }
    case .f16: return weights.map { abs($0) * 0x1p-11 + 0x1p-25 }
    case .bf16: return weights.map { abs($0) * 0x1p-8 + 0x1p-134 }
    case .nvfp4: return microBounds.map { $0 + slop }
    default: return block(format).map { bound in weights.map { _ in bound + slop } }
    }
  }

  private func block(_ format: StorageFormat) -> Float? {
    switch format {
    case .q8_0, .q8_1: largest / 254 + rounded(codes: 127)
    case .q8_k: largest / 254
    // The codes reach only from -8 to 7: the mirror of the largest weight errs by a whole step.
    case .q4_0: largest / 8 + rounded(codes: 8)
    case .q5_0: largest / 16 + rounded(codes: 16)
    // The minimum is rounded as well.
    case .q4_1: range / 30 + range * 0x1p-11 + 16 * 0x1p-25 + largest * 0x1p-11
    case .q5_1: range / 62 + range * 0x1p-11 + 32 * 0x1p-25 + largest * 0x1p-11
    // The mean magnitude stands for all: from 0 to the largest.
    case .q1_0: largest + rounded(codes: 1)
    case .q2_0, .tq1_0, .tq2_0: largest / 2 + rounded(codes: 1)
    // The largest is from 4 to 8 scales. Codes 4 and 6 are a scale from what is between them, so
    // up to a quarter of the largest; what is above 6 scales is cut, by up to a quarter too.
    case .mxfp4: largest / 4 + 0x1p-127
    // Before the refit a step is at most 14 scales off (113 instead of 127, half of 24 elsewhere).
    // Least squares with weights x^2 moves the scale by a fraction that is largest when all other
    // weights of the block are alike, 0.126 of a step per 127: 14 + 16 of 127 in all.
    case .iq4_nl: largest / 4 + rounded(codes: 127)
    default: nil
    }
  }

  private func rounded(codes: Float) -> Float { largest * 0x1p-11 + codes * 0x1p-25 }

  /// NVFP4's bounds, by runs of 16 with a scale each.
  ///
  /// The scale is a sixth of the largest, off by up to a sixteenth, or by 2^-10 when tiny; codes 4
  /// and 6 are one scale from what is between them. From 6 * 248 on the scale is 448: one scale is
  /// up to 448 / 1488 of the largest, and what is above 6 * 448 is cut.
  private var microBounds: [Float] {
    weights.indices.map { index in
      let run = weights[index / 16 * 16..<min(weights.count, index / 16 * 16 + 16)]
      let largest = run.map(abs).max() ?? 0
      return largest < 1488
        ? largest * 17 / 96 + 6 * 0x1p-10 : max(largest * 448 / 1488, largest - 6 * 448)
    }
  }

  /// Whether each code of a block of a format that searches is the nearest that its stored scale
  /// and offset allow.
  ///
  /// That is what these formats promise: how far the best scale lets weights stray depends on all
  /// of them. IQ4_XS chooses codes before its scale is rounded.
  func isNearest(_ codec: any IntegerBlockCodec, _ block: [UInt8], codes: [Int]) -> Bool {
    weights.indices.allSatisfy { index in
      let segment = index / codec.weightsPerSegment
      let scale = codec.scale(segment, of: block.span)
      guard scale != 0 else { return true }
      let offset = codec.offset(segment, of: block.span)
      let errors = codes.map { abs(scale * Float($0) + offset - weights[index]) }
      let chosen = scale * Float(codec.code(index, of: block.span)) + offset
      let extent = abs(scale) * 128 + abs(offset) + abs(weights[index])
      let isRounded = codec.format == .iq4_xs
      let slop = isRounded ? abs(scale) * 127 * 0x1p-10 + 64 * 127 * 0x1p-25 : extent * 0x1p-20
      return abs(chosen - weights[index]) <= (errors.min() ?? 0) + slop
    }
  }
}
