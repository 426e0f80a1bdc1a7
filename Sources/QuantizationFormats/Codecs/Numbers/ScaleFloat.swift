// The 8-bit scales of microscaling formats.

/// E8M0, a power of two: `2^(bits - 127)`.
public enum E8M0 {
  /// The largest power of two that is not above a positive number, from 2^-127 to 2^127.
  public static func floor(_ value: Float) -> UInt8 {
    guard value.isFinite else { return 254 }
    return UInt8(clamping: (value > 0 ? Int(value.exponent) : -127) + 127)
  }

  /// The number with these bits; 255, which OCP reserves for NaN, is 2^128 and thus infinite.
  public static func decode(_ bits: UInt8) -> Float {
    bits == 0 ? 0x1p-127 : Float(bitPattern: UInt32(bits) << 23)
  }

  /// Half the number with these bits, exactly: what scales E2M1 codes that are stored doubled.
  public static func decodeHalf(_ bits: UInt8) -> Float {
    switch bits {
    case 0: 0x1p-128
    case 1: 0x1p-127
    default: Float(bitPattern: UInt32(bits - 1) << 23)
    }
  }
}

/// UE4M3, an unsigned float with 4 exponent bits (bias 7) and 3 mantissa bits, as ggml reads it.
public enum UE4M3 {
  /// The nearest number, ties up, as its bits; 0 for NaN and whatever is not positive.
  ///
  /// As in ggml, numbers from 256 on (from 248, which rounds up to it) become 448, the largest.
  public static func encode(_ value: Float) -> UInt8 {
    guard value > 0 else { return 0 }
    guard value < 248 else { return 0x7E }
    // Below 2^-6 numbers are multiples of 2^-9; ggml does not let them round up to 2^-6.
    guard value >= 0x1p-6 else { return UInt8(min(7, value * 512 + 0.5)) }
    return UInt8(truncatingIfNeeded: (value.bitPattern + 0x0008_0000) >> 20 - (120 << 3))
  }

  /// The number with these bits; 0x7F, a NaN elsewhere, is 0.
  public static func decode(_ bits: UInt8) -> Float {
    let (exponent, mantissa) = (UInt32(bits >> 3 & 15), UInt32(bits & 7))
    if bits == 0x7F { return 0 }
    guard exponent > 0 else { return Float(mantissa) * 0x1p-9 }
    return Float(bitPattern: (exponent + 120) << 23 | mantissa << 20)
  }
}
