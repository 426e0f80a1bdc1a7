/// Why tensors of a checkpoint cannot be a quantized matrix.
public enum PackingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A tensor has another number of elements than the shape asks for.
  case wrongCount(tensor: String, expected: Int, actual: Int)
  /// The shape does not suit the packing.
  case shape(String)
  /// An element is outside what it may be.
  case value(tensor: String, index: Int, value: Int, limit: Int)

  /// The error as a sentence.
  public var description: String {
    switch self {
    case .wrongCount(let tensor, let expected, let actual):
      "\(tensor) has \(actual) elements instead of \(expected); check bits, group and shape"
    case .shape(let reason): reason
    case .value(let tensor, let index, let value, let limit):
      "\(tensor)[\(index)] is \(value), must be from 0 to \(limit)"
    }
  }
}
