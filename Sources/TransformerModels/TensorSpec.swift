/// The shape of one tensor of a transformer, and of the bias that may belong to it.
public struct TensorSpec: Hashable, Sendable {
  /// What the tensor does.
  public let role: TensorRole
  /// Output features of a matrix, vocabulary rows of an embedding, 1 for a vector.
  public let rows: Int
  /// Input features (the reduction dimension), or the length of a vector.
  public let columns: Int
  /// How many such tensors there are: the number of experts, otherwise 1.
  public let copies: Int
  /// Elements of the bias vector that belongs to each copy; 0 without bias.
  public let biasElements: Int

  /// Describes a matrix of `rows` x `columns`.
  public init(
    _ role: TensorRole, rows: Int, columns: Int, copies: Int = 1, hasBias: Bool = false
  ) {
    self.role = role
    self.rows = rows
    self.columns = columns
    self.copies = copies
    self.biasElements = hasBias ? rows : 0
  }

  /// Describes a vector of `length` elements, such as the gain of a norm.
  public init(vector role: TensorRole, length: Int, hasBias: Bool = false) {
    self.role = role
    self.rows = 1
    self.columns = length
    self.copies = 1
    self.biasElements = hasBias ? length : 0
  }

  /// Whether the tensor is a vector rather than the matrix of a linear layer or an embedding.
  public var isVector: Bool { role.part == .norms || role == .attentionSinks }

  /// Elements without the bias, all copies together.
  public var elements: Int { rows * columns * copies }

  /// Parameters including the bias, all copies together.
  public var parameters: Int { elements + biasElements * copies }
}
