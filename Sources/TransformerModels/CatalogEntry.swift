/// A model of the catalog: its shapes, where they are from, and the counts they must reproduce.
public struct CatalogEntry: Hashable, Sendable, Identifiable {
  /// How sure the shapes are.
  public enum Verification: String, Hashable, Sendable, CaseIterable {
    /// The parameter count equals one that was published independently.
    case exact
    /// The dimensions were read from a source; no independent count was seen.
    case architecture
    /// Something is not sourced; the notes say what.
    case unverified
  }

  /// The parameter counts that the file states; a test holds the shapes to them.
  public struct StatedParameters: Hashable, Sendable {
    /// All parameters.
    public let total: Int
    /// The parameters that one token passes.
    public let active: Int
    /// The parameters that are read to decode one token.
    public let decodeStreamed: Int
    /// A total published elsewhere; the notes explain a difference.
    public let publishedTotal: Int?
    /// Who published it.
    public let publishedBy: String?
    /// How sure the shapes are.
    public let verification: Verification
  }

  /// The shapes.
  public let model: TransformerModel
  /// Other names for models of the same shapes.
  public let aliases: [String]
  /// The stated parameter counts.
  public let parameters: StatedParameters
  /// Where the shapes were read.
  public let source: String
  /// What a user should know: choices made, what is not counted.
  public let notes: [String]

  /// The identifier, which is the file name without extension.
  public var id: String { model.id }
  /// The name as the authors write it.
  public var name: String { model.name }
  /// The family, such as `Llama-2`.
  public var family: String { model.family }
  /// How sure the shapes are.
  public var verification: Verification { parameters.verification }

  func validated(file: String) throws(ModelError) -> CatalogEntry {
    _ = try model.validated(file: file)
    return self
  }
}
