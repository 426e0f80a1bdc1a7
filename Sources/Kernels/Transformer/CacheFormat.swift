internal import CKernels
import QuantizationFormats

/// How a cache stores keys and values.
public enum CacheFormat: String, Sendable, CaseIterable {
  case f32, f16
  /// Blocks of 32 with an f16 scale: 8.5 bits.
  case q8_0
  /// Blocks of 32 with an f16 scale: 4.5 bits.
  case q4_0
  /// 8 bits with an f16 scale for each head and token.
  case int8
  /// RPTQ's codes of 4 bits: static grids of clusters of a head's channels.
  case rptq4
  /// RPTQ's codes of 3 bits.
  case rptq3

  /// The format's description where codes have static grids; `nil` of the others.
  var clustered: StorageFormat? {
    switch self {
    case .rptq4: .clusteredCache(bits: 4)
    case .rptq3: .clusteredCache(bits: 3)
    case .f32, .f16, .q8_0, .q4_0, .int8: nil
    }
  }

  /// Bits of a code that stands on a static grid, which the cache must be given; `nil` of other formats.
  public var gridBits: Int? { clustered?.layout.bitsPerBlock }

  /// What the width of a head must be a multiple of.
  public var granularity: Int {
    switch self {
    case .f32, .f16, .int8: 16
    case .q8_0, .q4_0, .rptq4, .rptq3: 32
    }
  }

  /// Bytes of the keys, or of the values, of one head and token.
  public func bytes(width: Int) -> Int { ck_value_bytes(layout(width: width)) }

  func layout(width: Int) -> ck_cache_format {
    let (kind, block) =
      switch self {
      case .f32: (CK_CACHE_F32, width)
      case .f16: (CK_CACHE_F16, width)
      case .q8_0: (CK_CACHE_8_BITS, 32)
      case .q4_0: (CK_CACHE_4_BITS, 32)
      case .int8: (CK_CACHE_8_BITS, width)
      case .rptq4: (CK_CACHE_CLUSTERS_4, width)
      case .rptq3: (CK_CACHE_CLUSTERS_3, width)
      }
    return ck_cache_format(kind: kind, width: width, block: block, scales: nil, zeros: nil)
  }
}
