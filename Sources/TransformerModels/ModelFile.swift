/// What the header of a model file, or of a set of split files, says.
public struct ModelFile: Sendable {
  /// The container: "GGUF v3", "safetensors".
  public let container: String
  /// The paths that were read, first part first.
  public let paths: [String]
  /// The tensors in file order; no tensor data was read.
  public let tensors: [StoredTensor]
  /// The shapes of the model, where the header says enough to predict its speed.
  public let model: TransformerModel?
  /// Why `model` is absent: what is missing or not supported, and the remedy.
  public let obstacle: String?
  /// The precision id that a configuration beside the tensors stands for, if it says.
  public let suggestedPrecision: String?
  /// What the file does not say and was assumed of the shapes.
  public let assumptions: [String]
  /// Metadata worth showing, in file order: architecture, name, file type, context length, ...
  public let facts: [(name: String, value: String)]

  /// Describes a read file.
  public init(
    container: String, paths: [String], tensors: [StoredTensor], model: TransformerModel?,
    obstacle: String?, facts: [(name: String, value: String)],
    suggestedPrecision: String? = nil, assumptions: [String] = []
  ) {
    self.container = container
    self.paths = paths
    self.tensors = tensors
    self.model = model
    self.obstacle = obstacle
    self.facts = facts
    self.suggestedPrecision = suggestedPrecision
    self.assumptions = assumptions
  }

  /// The bytes of all tensors together, without header and alignment padding.
  public var tensorBytes: Int { tensors.reduce(0) { $0 + $1.bytes } }

  /// The elements of all tensors together.
  public var parameters: Int { tensors.reduce(0) { $0 + $1.elements } }
}
