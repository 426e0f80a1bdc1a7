/// IEEE binary16, converted without the standard library's `Float16`, which macOS on x86 lacks.
public enum Binary16 {
  /// The nearest binary16, ties to even, as its bits.
  ///
  /// Numbers from 65520 on become infinite; a NaN stays quiet and keeps the top of its payload.
  public static func encode(_ value: Float) -> UInt16 {
    let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 16) & 0x8000
    return sign | UInt16(truncatingIfNeeded: encode(magnitude: value.bitPattern & 0x7FFF_FFFF))
  }

  /// The number with these bits.
  public static func decode(_ bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let magnitude = UInt32(bits & 0x7FFF)
    switch magnitude {
    case 0..<0x0400:  // subnormal: a multiple of 2^-24
      return Float(bitPattern: sign | (Float(magnitude) * 0x1p-24).bitPattern)
    case 0x0400..<0x7C00:  // the exponent's bias grows from 15 to 127
      return Float(bitPattern: sign | (magnitude << 13 + 112 << 23))
    default:
      let quiet: UInt32 = magnitude > 0x7C00 ? 0x0040_0000 : 0
      return Float(bitPattern: sign | 0x7F80_0000 | (magnitude & 0x03FF) << 13 | quiet)
    }
  }

  private static func encode(magnitude: UInt32) -> UInt32 {
    switch magnitude {
    case 0..<0x3880_0000:  // below 2^-14: the last place of numbers from 0.5 to 1 is 2^-24
      return (Float(bitPattern: magnitude) + 0.5).bitPattern - 0x3F00_0000
    case 0x3880_0000..<0x477F_F000:
      return (magnitude + 0x0FFF + (magnitude >> 13 & 1) - (112 << 23)) >> 13
    case ...0x7F80_0000:
      return 0x7C00
    default:
      return 0x7E00 | (magnitude >> 13 & 0x03FF)
    }
  }
}
