/// A notation for a precision or KV cache that cannot be used: what is wrong and what to write.
public enum PrecisionError: Error, Hashable, CustomStringConvertible {
  /// The notation belongs to no known precision or family of precisions.
  case unknown(notation: String)
  /// The notation belongs to a family, but a part of it is missing or out of range.
  case malformed(notation: String, problem: String)
  /// The notation names no format of keys and values.
  case unknownKVCache(notation: String)

  /// What is wrong and the remedy.
  public var description: String {
    switch self {
    case .unknown(let notation):
      "unknown precision '\(Self.shortened(notation))'; write one of "
        + PrecisionCatalog.notations.map(\.pattern).joined(separator: ", ")
        + ", or a name that 'ridgeline list precisions' shows"
    case .malformed(let notation, let problem):
      "precision '\(Self.shortened(notation))': \(problem)"
    case .unknownKVCache(let notation):
      "unknown KV cache format '\(Self.shortened(notation))'; write one of "
        + KVCacheFormat.names.joined(separator: ", ")
        + ", int1 to int16, or two as in q8_0/q4_0 for keys and values"
    }
  }

  private static func shortened(_ notation: String) -> String {
    notation.count <= 60 ? notation : notation.prefix(57) + "..."
  }
}
