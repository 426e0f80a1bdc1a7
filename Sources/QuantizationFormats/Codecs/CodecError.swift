/// Why a row cannot be packed, unpacked or multiplied.
public enum CodecError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The row is not a whole number of blocks.
  case partialBlock(format: String, weights: Int, perBlock: Int)
  /// The memory for a row does not have the size of the row.
  case byteCount(format: String, expected: Int, actual: Int)

  /// The error as a sentence.
  public var description: String {
    switch self {
    case .partialBlock(let format, let weights, let perBlock):
      "\(format): \(weights) weights are not a multiple of the block of \(perBlock)"
    case .byteCount(let format, let expected, let actual):
      "\(format): the row has \(actual) bytes instead of \(expected)"
    }
  }
}
