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
    switch codec.format {
    case .mxfp4: bytes[0] = 128
    // 2 in UE4M3: the codes are doubled.
    case .nvfp4: bytes.replaceSubrange(0..<4, with: [0x40, 0x40, 0x40, 0x40])
    default:
      bytes.replaceSubrange(
        scaleByte(of: codec.format)..<scaleByte(of: codec.format) + 2, with: [0x00, 0x3C])
    }
    switch codec.format {
    case .q2_k:
      bytes.replaceSubrange(0..<16, with: [UInt8](repeating: 1, count: 16))
      bytes.replaceSubrange(82..<84, with: [0, 0])
    // Scales are stored as 33: low nibbles 1, upper bits 2.
    case .q3_k:
      bytes.replaceSubrange(96..<104, with: [UInt8](repeating: 0x11, count: 8))
      bytes.replaceSubrange(104..<108, with: [UInt8](repeating: 0xAA, count: 4))
    case .q6_k: bytes.replaceSubrange(192..<208, with: [UInt8](repeating: 1, count: 16))
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

  /// Where a block keeps its f16 scale.
  private static func scaleByte(of format: StorageFormat) -> Int {
    format.layout.byteOffset(of: "d")
  }
}
