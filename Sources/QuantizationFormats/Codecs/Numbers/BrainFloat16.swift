/// bfloat16, the upper half of a binary32.
public enum BrainFloat16 {
  /// The nearest bfloat16, ties to even, as its bits.
  ///
  /// A NaN stays quiet and keeps the top of its payload.
  public static func encode(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    guard !value.isNaN else { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
  }

  /// The number with these bits.
  public static func decode(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }
}
