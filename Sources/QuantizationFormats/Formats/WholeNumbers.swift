extension StorageFormat {
  /// Signed 8-bit integers.
  public static let i8 = plain("i8", "8-bit integers", bits: 8)
  /// Signed 16-bit integers.
  public static let i16 = plain("i16", "16-bit integers", bits: 16)
  /// Signed 32-bit integers.
  public static let i32 = plain("i32", "32-bit integers", bits: 32)
  /// Signed 64-bit integers.
  public static let i64 = plain("i64", "64-bit integers", bits: 64)
  /// Unsigned 8-bit integers; checkpoints also use them for packed codes.
  public static let u8 = plain("u8", "unsigned 8-bit integers", bits: 8)
  /// Unsigned 16-bit integers.
  public static let u16 = plain("u16", "unsigned 16-bit integers", bits: 16)
  /// Unsigned 32-bit integers.
  public static let u32 = plain("u32", "unsigned 32-bit integers", bits: 32)
  /// Unsigned 64-bit integers.
  public static let u64 = plain("u64", "unsigned 64-bit integers", bits: 64)
  /// Truth values, one byte each.
  public static let bool = plain("bool", "truth values", bits: 8)
}
