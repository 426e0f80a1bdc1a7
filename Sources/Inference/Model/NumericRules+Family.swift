import Kernels
public import TransformerModels

extension NumericRules {
  /// What a model of the catalog computes, as far as random weights need it: the functions and
  /// pairings of its family.
  public init(family shapes: TransformerModel) {
    self.init()
    let id = shapes.id.lowercased()
    if !shapes.embedding.rotatesQueriesAndKeys { rotation = nil }
    if id.hasPrefix("opt") {
      nonlinearity = .relu
      // OPT's position embedding starts with two rows that no token uses.
      firstPositionRow = 2
    } else if id.hasPrefix("gemma") {
      nonlinearity = .gelu
      embeddingScale = Self.gemmaEmbeddingScale(shapes)
      attentionScale = Self.attentionScale(of: shapes, isGemma: true)
      rotation?.isInterleaved = false
      if id.hasPrefix("gemma-2") {
        attentionCap = 50
        logitCap = 30
      }
    } else if !["llama", "mistral", "mixtral", "smollm", "tinyllama"].contains(
      where: { id.hasPrefix($0) })
    {
      rotation?.isInterleaved = false
      if shapes.norm == .layer,
        id.hasPrefix("gpt") || id.hasPrefix("phi") || id.hasPrefix("pyth")
          || id.hasPrefix("falcon") || id.hasPrefix("bloom")
      {
        nonlinearity = .gelu
      }
    }
  }
}
