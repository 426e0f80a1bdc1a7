/// What a tensor does in a transformer; tensors of one role are treated alike everywhere.
public enum TensorRole: String, Hashable, Sendable, CaseIterable {
  // Before the blocks.
  case tokenEmbedding, positionEmbedding, embeddingNorm
  /// OPT-350M projects its narrower embedding to the model width, and back before the head.
  case embeddingProjectionIn, embeddingProjectionOut

  // Attention.
  case attentionNorm, attentionPostNorm
  case query, key, value, attentionOutput
  case queryNorm, keyNorm, attentionSinks
  /// Multi-head latent attention: down- and up-projections of queries and of keys and values.
  case latentQueryDown, latentQueryNorm, latentQueryUp
  case latentKeyValueDown, latentKeyValueNorm, latentKeyValueUp

  // Feed-forward network.
  case feedForwardNorm, feedForwardPostNorm
  case gate, up, down
  case router, expertGate, expertUp, expertDown
  case sharedExpertGate, sharedExpertUp, sharedExpertDown
  /// Qwen2-MoE and Qwen3-Next weigh the shared expert by a learned gate of one row.
  case sharedExpertRouter

  // After the blocks.
  case outputNorm, outputHead

  /// Where a tensor belongs in a summary of a model's memory.
  public enum Part: String, Hashable, Sendable, CaseIterable {
    case embedding, attention
    case feedForward = "feed_forward"
    case experts, norms
    case outputHead = "output_head"
    case other
  }

  /// Whether the tensor is a matrix of routed experts, stored once for each expert.
  public var isRoutedExpert: Bool {
    switch self {
    case .expertGate, .expertUp, .expertDown: true
    default: false
    }
  }

  /// Whether the tensor is the matrix of a linear layer inside a block.
  public var isBlockLinear: Bool {
    switch self {
    case .query, .key, .value, .attentionOutput, .latentQueryDown, .latentQueryUp,
      .latentKeyValueDown, .latentKeyValueUp, .gate, .up, .down, .router, .expertGate, .expertUp,
      .expertDown, .sharedExpertGate, .sharedExpertUp, .sharedExpertDown, .sharedExpertRouter:
      true
    default: false
    }
  }

  /// Where the tensor belongs in a summary of a model's memory.
  public var part: Part {
    switch self {
    case .tokenEmbedding, .positionEmbedding, .embeddingProjectionIn: .embedding
    case .outputHead, .embeddingProjectionOut: .outputHead
    case .embeddingNorm, .attentionNorm, .attentionPostNorm, .queryNorm, .keyNorm,
      .latentQueryNorm, .latentKeyValueNorm, .feedForwardNorm, .feedForwardPostNorm, .outputNorm:
      .norms
    case .query, .key, .value, .attentionOutput, .attentionSinks, .latentQueryDown,
      .latentQueryUp, .latentKeyValueDown, .latentKeyValueUp:
      .attention
    case .gate, .up, .down, .router, .sharedExpertGate, .sharedExpertUp, .sharedExpertDown,
      .sharedExpertRouter:
      .feedForward
    case .expertGate, .expertUp, .expertDown: .experts
    }
  }
}
