/// The shape of the attention of one layer.
public struct Attention: Hashable, Sendable {
  /// A norm applied to queries and keys before their product.
  public enum QueryKeyNorm: String, Hashable, Sendable, CaseIterable {
    case none
    /// One gain of head width, shared by all heads (Qwen3, Gemma 3).
    case perHead = "per-head"
    /// One gain over all heads together (OLMo 2).
    case allHeads = "all-heads"
  }

  /// Multi-head latent attention (DeepSeek): keys and values are cached as one latent vector.
  public struct Latent: Hashable, Sendable {
    /// Rank of the query down-projection; `nil` where queries are projected directly.
    public let queryRank: Int?
    /// Rank of the compressed key and value latent, which is what the cache keeps.
    public let keyValueRank: Int
    /// Head width of queries and keys that carries no position.
    public let contentHeadDim: Int
    /// Head width that carries the rotary position; its key is shared by all heads and cached.
    public let ropeHeadDim: Int
    /// Head width of values.
    public let valueHeadDim: Int

    /// Describes a latent attention.
    public init(
      queryRank: Int?, keyValueRank: Int, contentHeadDim: Int, ropeHeadDim: Int, valueHeadDim: Int
    ) {
      self.queryRank = queryRank
      self.keyValueRank = keyValueRank
      self.contentHeadDim = contentHeadDim
      self.ropeHeadDim = ropeHeadDim
      self.valueHeadDim = valueHeadDim
    }
  }

  /// Query heads, h.
  public var heads: Int
  /// Key and value heads, h_kv: h for multi-head, 1 for multi-query, between for grouped-query.
  public var keyValueHeads: Int
  /// Width of a query or key head, d_h; not always d / h.
  public var headDim: Int
  /// Width of a value head; `headDim` but for latent attention.
  public var valueHeadDim: Int
  /// Tokens that a query sees at most; `nil` without a sliding window.
  public var window: Int?
  /// Whether the query, key and value projections have a bias.
  public var hasQueryKeyValueBias: Bool
  /// Whether the output projection has a bias.
  public var hasOutputBias: Bool
  /// A norm on queries and keys.
  public var queryKeyNorm: QueryKeyNorm
  /// Whether each head has a learned sink logit (gpt-oss).
  public var hasSinks: Bool
  /// Present for multi-head latent attention.
  public var latent: Latent?

  /// Describes ordinary attention; `valueHeadDim` defaults to `headDim`.
  public init(
    heads: Int, keyValueHeads: Int, headDim: Int, valueHeadDim: Int? = nil, window: Int? = nil,
    hasQueryKeyValueBias: Bool = false, hasOutputBias: Bool = false,
    queryKeyNorm: QueryKeyNorm = .none, hasSinks: Bool = false, latent: Latent? = nil
  ) {
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.headDim = headDim
    self.valueHeadDim = valueHeadDim ?? latent?.valueHeadDim ?? headDim
    self.window = window
    self.hasQueryKeyValueBias = hasQueryKeyValueBias
    self.hasOutputBias = hasOutputBias
    self.queryKeyNorm = queryKeyNorm
    self.hasSinks = hasSinks
    self.latent = latent
  }

  /// Numbers that one token adds to the key side of the cache of this layer.
  public var cachedKeyElements: Int {
    if let latent { latent.keyValueRank + latent.ropeHeadDim } else { keyValueHeads * headDim }
  }

  /// Numbers that one token adds to the value side; 0 for latent attention, which caches once.
  public var cachedValueElements: Int { latent == nil ? keyValueHeads * valueHeadDim : 0 }

  /// Cached tokens a query sees when `context` tokens, the new one included, are there.
  public func visibleTokens(context: Int) -> Int { min(context, window ?? context) }

  /// The tensors of the attention in a model of width `width`.
  public func tensors(width: Int, norm: NormKind) -> [TensorSpec] {
    var tensors = latent.map { latentTensors($0, width: width, norm: norm) } ?? []
    if latent == nil {
      let bias = hasQueryKeyValueBias
      tensors += [
        TensorSpec(.query, rows: heads * headDim, columns: width, hasBias: bias),
        TensorSpec(.key, rows: keyValueHeads * headDim, columns: width, hasBias: bias),
        TensorSpec(.value, rows: keyValueHeads * valueHeadDim, columns: width, hasBias: bias),
      ]
    }
    tensors.append(
      TensorSpec(
        .attentionOutput, rows: width, columns: heads * valueHeadDim, hasBias: hasOutputBias))
    switch queryKeyNorm {
    case .none: break
    case .perHead:
      tensors.append(TensorSpec(vector: .queryNorm, length: headDim))
      tensors.append(TensorSpec(vector: .keyNorm, length: headDim))
    case .allHeads:
      tensors.append(TensorSpec(vector: .queryNorm, length: heads * headDim))
      tensors.append(TensorSpec(vector: .keyNorm, length: keyValueHeads * headDim))
    }
    if hasSinks { tensors.append(TensorSpec(vector: .attentionSinks, length: heads)) }
    return tensors
  }

  private func latentTensors(_ latent: Latent, width: Int, norm: NormKind) -> [TensorSpec] {
    let queryRows = heads * (latent.contentHeadDim + latent.ropeHeadDim)
    var tensors: [TensorSpec] = []
    if let rank = latent.queryRank {
      tensors.append(TensorSpec(.latentQueryDown, rows: rank, columns: width))
      tensors.append(TensorSpec(vector: .latentQueryNorm, length: rank))
      tensors.append(TensorSpec(.latentQueryUp, rows: queryRows, columns: rank))
    } else {
      tensors.append(TensorSpec(.query, rows: queryRows, columns: width))
    }
    let rank = latent.keyValueRank
    tensors.append(
      TensorSpec(.latentKeyValueDown, rows: rank + latent.ropeHeadDim, columns: width))
    tensors.append(TensorSpec(vector: .latentKeyValueNorm, length: rank))
    tensors.append(
      TensorSpec(
        .latentKeyValueUp, rows: heads * (latent.contentHeadDim + latent.valueHeadDim),
        columns: rank))
    return tensors
  }
}
