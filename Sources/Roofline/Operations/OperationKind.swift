public import TransformerModels

/// What an operation of a transformer does.
public enum OperationKind: Hashable, Sendable {
  /// Reads one row of the token embedding (and of learned positions) for each token.
  case embedding
  /// A matrix times the activations of all tokens.
  case linear(TensorRole)
  /// Writes the new keys and values to the cache.
  case keyValueStore
  /// Scores, softmax and weighted sum over the cached tokens.
  case attention
  /// A norm over the model width or over heads.
  case norm(TensorRole)
  /// Rotary positions on queries and keys.
  case rope
  /// The non-linearity of a feed-forward network, times the gate where there is one.
  case activation
  /// The sum with the residual stream.
  case residual
  /// The output head over the last token of each sequence.
  case outputHead
  /// Summing partial results over the devices of a tensor-parallel group.
  case allReduce
  /// Handing activations to the next device of a pipeline.
  case transfer

  /// The name in tables and JSON.
  public var name: String {
    switch self {
    case .embedding: "embedding"
    case .linear(let role), .norm(let role): role.operationName
    case .keyValueStore: "kv_store"
    case .attention: "attention"
    case .rope: "rope"
    case .activation: "activation"
    case .residual: "residual"
    case .outputHead: "output_head"
    case .allReduce: "all_reduce"
    case .transfer: "transfer"
    }
  }
}

extension TensorRole {
  /// The role's name in snake case.
  public var operationName: String {
    var name = ""
    for character in rawValue {
      if character.isUppercase { name += "_" }
      name += character.lowercased()
    }
    return name
  }
}
