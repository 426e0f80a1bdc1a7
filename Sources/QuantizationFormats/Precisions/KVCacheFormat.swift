/// How keys and values are cached.
public struct KVCacheFormat: Hashable, Sendable {
  /// The format of a key vector; blocks run along the head.
  public let key: StorageFormat
  /// The format of a value vector; blocks run along the head.
  public let value: StorageFormat

  /// Describes a cache whose keys and values may differ.
  public init(key: StorageFormat, value: StorageFormat) {
    self.key = key
    self.value = value
  }

  /// Describes a cache that keeps keys and values alike.
  public init(_ both: StorageFormat) { self.init(key: both, value: both) }

  /// `f16`, or `q8_0/q4_0` where keys and values differ.
  public var label: String { key.id == value.id ? key.id : "\(key.id)/\(value.id)" }
}

extension KVCacheFormat {
  /// 16-bit floating point, what engines cache unless told otherwise.
  public static let float16 = KVCacheFormat(.f16)

  /// The formats that `named` knows, besides `int1` to `int16`.
  public static let names = formats.map(\.id)

  private static let formats: [StorageFormat] = [
    .f32, .f16, .bf16, .fp8, .q8_0, .q5_1, .q5_0, .q4_1, .q4_0, .iq4_nl, .integer(bits: 8),
    .integer(bits: 4), .clusteredCache(bits: 4), .clusteredCache(bits: 3),
  ]

  /// The cache that a notation means: `q8_0`, `int3` (codes without scales), or `q8_0/q4_0` where
  /// keys and values differ.
  public static func named(_ notation: String) throws(PrecisionError) -> KVCacheFormat {
    let parts = notation.lowercased().split(
      separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let last = parts.last, let key = format(first),
      let value = format(last)
    else { throw .unknownKVCache(notation: notation) }
    return KVCacheFormat(key: key, value: value)
  }

  private static func format(_ name: Substring) -> StorageFormat? {
    if let known = formats.first(where: { $0.id == name }) { return known }
    var reader = NotationReader(String(name))
    guard reader.read("int"), let bits = try? reader.weightBits(), reader.isAtEnd, bits <= 16
    else { return nil }
    return .integer(bits: bits)
  }

  /// Codes of `bits` bits without scales; floating point at 16 and 32.
  static func nominal(bits: Int) -> KVCacheFormat {
    switch bits {
    case 16: .float16
    case 32: KVCacheFormat(.f32)
    default: KVCacheFormat(.integer(bits: bits))
    }
  }
}
