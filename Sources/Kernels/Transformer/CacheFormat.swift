internal import CKernels

/// How a cache stores keys and values.
public enum CacheFormat: String, Sendable, CaseIterable {
  case f32, f16
  /// Blocks of 32 with an f16 scale: 8.5 bits.
  case q8_0
  /// Blocks of 32 with an f16 scale: 4.5 bits.
  case q4_0
  /// 8 bits with an f16 scale for each head and token.
  case int8

  /// What the width of a head must be a multiple of.
  public var granularity: Int {
    switch self {
    case .f32, .f16, .int8: 16
    case .q8_0, .q4_0: 32
    }
  }

  /// Bytes of the keys, or of the values, of one head and token.
  public func bytes(width: Int) -> Int { ck_value_bytes(layout(width: width)) }

  func layout(width: Int) -> ck_cache_format {
    switch self {
    case .f32: ck_cache_format(kind: CK_CACHE_F32, width: width, block: width)
    case .f16: ck_cache_format(kind: CK_CACHE_F16, width: width, block: width)
    case .q8_0: ck_cache_format(kind: CK_CACHE_8_BITS, width: width, block: 32)
    case .q4_0: ck_cache_format(kind: CK_CACHE_4_BITS, width: width, block: 32)
    case .int8: ck_cache_format(kind: CK_CACHE_8_BITS, width: width, block: width)
    }
  }
}
