extension StorageFormat {
  /// IEEE binary64.
  public static let f64 = plain("f64", "64-bit floating point", bits: 64)
  /// IEEE binary32.
  public static let f32 = plain("f32", "32-bit floating point", bits: 32)
  /// IEEE binary16.
  public static let f16 = plain("f16", "16-bit floating point", bits: 16)
  /// The upper half of an IEEE binary32.
  public static let bf16 = plain("bf16", "16-bit floating point with f32's range", bits: 16)
  /// 8-bit floating point of either kind, without the scales that an engine may add.
  public static let fp8 = plain("fp8", "8-bit floating point, no scales counted", bits: 8)

  /// A format that stores every number alone in `bits` bits.
  static func plain(
    _ id: String, _ summary: String, bits: Int, sharing sharedValues: [SharedValue] = []
  ) -> StorageFormat {
    StorageFormat(
      id: id, summary: summary,
      layout: BlockLayout(weightsPerBlock: 1, .init("value", count: 1, bitsEach: bits)),
      sharedValues: sharedValues)
  }
}

// The names are those of the OCP formats.
// swift-format-ignore: AlwaysUseLowerCamelCase
extension StorageFormat {
  /// 8-bit floating point with 4 exponent and 3 mantissa bits.
  public static let f8_e4m3 = plain("f8_e4m3", "8-bit floating point, 4-bit exponent", bits: 8)
  /// 8-bit floating point with 5 exponent and 2 mantissa bits.
  public static let f8_e5m2 = plain("f8_e5m2", "8-bit floating point, 5-bit exponent", bits: 8)
  /// 8-bit exponent, the scale of microscaling formats.
  public static let f8_e8m0 = plain("f8_e8m0", "power of two with 8-bit exponent", bits: 8)
  /// 6-bit floating point with 2 exponent and 3 mantissa bits.
  public static let f6_e2m3 = plain("f6_e2m3", "6-bit floating point, 2-bit exponent", bits: 6)
  /// 6-bit floating point with 3 exponent and 2 mantissa bits.
  public static let f6_e3m2 = plain("f6_e3m2", "6-bit floating point, 3-bit exponent", bits: 6)
  /// 4-bit floating point with 2 exponent and 1 mantissa bit.
  public static let f4_e2m1 = plain("f4_e2m1", "4-bit floating point", bits: 4)
}
