public import QuantizationFormats

/// One tensor as a model file stores it.
public struct StoredTensor: Hashable, Sendable {
  /// The name in the file.
  public let name: String
  /// What the tensor does; several roles where a file fuses them (one QKV or gate-and-up matrix,
  /// in the order in which their rows follow each other), none where the name is not known.
  public let roles: [TensorRole]
  /// Whether it is the bias of its role rather than the matrix or gain.
  public let isBias: Bool
  /// The layer, counted from 0; `nil` outside the blocks.
  public let layer: Int?
  /// The dimensions, outermost first: `[rows, columns]`, or `[experts, rows, columns]`.
  public let shape: [Int]
  /// How the numbers are stored.
  public let format: StorageFormat
  /// The product of the dimensions.
  public let elements: Int
  /// The bytes that the file spends on it.
  public let bytes: Int
  /// Where the bytes are; `nil` where the reader of the container does not say.
  public let place: Place?

  /// Where a tensor's bytes are.
  public struct Place: Hashable, Sendable {
    /// The file.
    public let path: String
    /// Bytes before the tensor.
    public let offset: Int
  }

  /// Describes a stored tensor.
  public init(
    name: String, roles: [TensorRole], isBias: Bool = false, layer: Int?, shape: [Int],
    format: StorageFormat, elements: Int, bytes: Int, place: Place? = nil
  ) {
    self.name = name
    self.roles = roles
    self.isBias = isBias
    self.layer = layer
    self.shape = shape
    self.format = format
    self.elements = elements
    self.bytes = bytes
    self.place = place
  }
}
