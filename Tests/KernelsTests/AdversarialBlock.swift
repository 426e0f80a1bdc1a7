import QuantizationFormats
import Testing

/// Numbers that quantizers and kernels get wrong.
enum AdversarialBlock: String, CaseIterable, CustomTestStringConvertible {
  case zeros, oneOutlier, allEqual, allLargestNegative, alternating, tiny

  var testDescription: String { rawValue }

  /// `count` numbers up to `largest` in magnitude.
  func numbers(_ count: Int, largest: Float, using random: inout SplitMix64) -> [Float] {
    (0..<count).map { index in
      switch self {
      case .zeros: 0
      case .oneOutlier: index % 32 == 7 ? -largest : random.normal() * largest * 0x1p-10
      case .allEqual: largest
      case .allLargestNegative: -largest
      case .alternating: index.isMultiple(of: 2) ? largest : -largest
      // Below the smallest normal f16: scales are subnormal or zero.
      case .tiny: random.normal() * largest * 0x1p-20
      }
    }
  }
}

/// Blocks whose scale is 1 and whose minimum is 0, so that a product is an exact integer.
enum UnitScaleBlock {
  /// All codes at their largest, all at their smallest, or random, by `index`.
  static func bytes(
    of codec: any BlockCodec, index: Int, using random: inout SplitMix64
  ) -> [UInt8] {
    var bytes = (0..<codec.bytesPerBlock).map { _ -> UInt8 in
      switch index % 4 {
      case 0: 0xFF
      case 1: 0x00
      case 2: codec.format == .q8_0 ? 0x80 : 0x08
      default: UInt8.random(in: 0...255, using: &random)
      }
    }
    if codec.format == .mxfp4 {
      bytes[0] = 128
      return bytes
    }
    (bytes[0], bytes[1]) = (0x00, 0x3C)
    switch codec.format {
    case .q4_1, .q5_1: bytes.replaceSubrange(2..<4, with: [0, 0])
    // Scales 1, minimums 0: 4 bytes of low scales, of low minimums, of the other 4 pairs.
    case .q4_k, .q5_k:
      bytes.replaceSubrange(2..<16, with: [0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1])
    // Scales are stored as 33: high bits 2, low bits 1.
    case .iq4_xs: bytes.replaceSubrange(2..<8, with: [0xAA, 0xAA, 0x11, 0x11, 0x11, 0x11])
    default: break
    }
    return bytes
  }
}
