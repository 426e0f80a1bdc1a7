import StrictJSON

/// A number of consecutive layers as a catalog file describes them.
///
/// With `full_attention_every: 6`, the window holds but for every sixth layer of the number.
struct CatalogLayers: Decodable {
  let runs: [LayerRun]

  private enum Keys: String, CodingKey, CaseIterable {
    case count, parallel, norms, attention
    case feedForward = "feed_forward"
  }

  /// The norms of a block.
  private enum Norm: String, CaseIterable {
    case attention
    case attentionPost = "attention-post"
    case feedForward = "feed-forward"
    case feedForwardPost = "feed-forward-post"

    var role: TensorRole {
      switch self {
      case .attention: .attentionNorm
      case .attentionPost: .attentionPostNorm
      case .feedForward: .feedForwardNorm
      case .feedForwardPost: .feedForwardPostNorm
      }
    }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(strictlyKeyedBy: Keys.self)
    let count = try container.decode(Int.self, forKey: .count)
    guard (1...ModelLimits.layers).contains(count) else {
      throw DecodingError.dataCorruptedError(
        forKey: .count, in: container,
        debugDescription: "is \(count), expected 1 to \(ModelLimits.layers)")
    }
    let norms: [Norm] = try container.choices(.norms, default: [.attention, .feedForward])
    let attention = try container.decode(CatalogAttention.self, forKey: .attention)
    let feedForward = try container.decode(CatalogFeedForward.self, forKey: .feedForward)
    let isParallel = try container.flag(.parallel)
    runs = LayerRun.runs(
      of: (0..<count).map { index in
        TransformerLayer(
          attention: attention.attention(at: index), feedForward: feedForward.value,
          norms: norms.map(\.role), isParallel: isParallel)
      })
  }
}

/// `{ "heads": 32, "key_value_heads": 8, "head_dim": 128 }` and what is out of the ordinary.
private struct CatalogAttention: Decodable {
  private let windowed: Attention
  private let fullAttentionEvery: Int?

  private enum Keys: String, CodingKey, CaseIterable {
    case heads
    case keyValueHeads = "key_value_heads"
    case headDim = "head_dim"
    case bias
    case queryKeyNorm = "query_key_norm"
    case window
    case fullAttentionEvery = "full_attention_every"
    case sinks, latent
  }

  private enum Bias: String, CaseIterable {
    case none
    case queryKeyValue = "query-key-value"
    case all
  }

  func attention(at index: Int) -> Attention {
    guard let fullAttentionEvery, (index + 1).isMultiple(of: fullAttentionEvery) else {
      return windowed
    }
    var attention = windowed
    attention.window = nil
    return attention
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(strictlyKeyedBy: Keys.self)
    let heads = try container.decode(Int.self, forKey: .heads)
    let latent = try container.decodeIfPresent(CatalogLatent.self, forKey: .latent)?.value
    let bias: Bias = try container.choice(.bias, default: Bias.none)
    let headDim =
      if let latent { latent.contentHeadDim &+ latent.ropeHeadDim } else {
        try container.decode(Int.self, forKey: .headDim)
      }
    windowed = Attention(
      heads: heads,
      keyValueHeads: latent == nil ? try container.decode(Int.self, forKey: .keyValueHeads) : heads,
      headDim: headDim,
      window: try container.decodeIfPresent(Int.self, forKey: .window),
      hasQueryKeyValueBias: bias != .none,
      hasOutputBias: bias == .all,
      queryKeyNorm: try container.choice(.queryKeyNorm, default: Attention.QueryKeyNorm.none),
      hasSinks: try container.flag(.sinks),
      latent: latent)
    fullAttentionEvery = try container.decodeIfPresent(Int.self, forKey: .fullAttentionEvery)
    if let fullAttentionEvery, fullAttentionEvery < 1 {
      throw DecodingError.dataCorruptedError(
        forKey: .fullAttentionEvery, in: container, debugDescription: "must be at least 1")
    }
  }
}

private struct CatalogLatent: Decodable {
  let value: Attention.Latent

  private enum Keys: String, CodingKey, CaseIterable {
    case queryRank = "query_rank"
    case keyValueRank = "key_value_rank"
    case contentHeadDim = "content_head_dim"
    case ropeHeadDim = "rope_head_dim"
    case valueHeadDim = "value_head_dim"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(strictlyKeyedBy: Keys.self)
    value = Attention.Latent(
      queryRank: try container.decodeIfPresent(Int.self, forKey: .queryRank),
      keyValueRank: try container.decode(Int.self, forKey: .keyValueRank),
      contentHeadDim: try container.decode(Int.self, forKey: .contentHeadDim),
      ropeHeadDim: try container.decode(Int.self, forKey: .ropeHeadDim),
      valueHeadDim: try container.decode(Int.self, forKey: .valueHeadDim))
  }
}

/// `{ "width": 11008, "gated": true }`, or a mixture, which `experts` tells.
private struct CatalogFeedForward: Decodable {
  let value: FeedForward

  private enum DenseKeys: String, CodingKey, CaseIterable {
    case width, gated, bias
  }

  private enum MixtureKeys: String, CodingKey, CaseIterable {
    case experts
    case expertsPerToken = "experts_per_token"
    case expertWidth = "expert_width"
    case gated
    case expertBias = "expert_bias"
    case routerBias = "router_bias"
    case sharedWidth = "shared_width"
    case sharedRouter = "shared_router"
  }

  init(from decoder: any Decoder) throws {
    guard try decoder.container(keyedBy: MixtureKeys.self).contains(.experts) else {
      let container = try decoder.container(strictlyKeyedBy: DenseKeys.self)
      value = .dense(
        .init(
          width: try container.decode(Int.self, forKey: .width),
          isGated: try container.decode(Bool.self, forKey: .gated),
          hasBias: try container.flag(.bias)))
      return
    }
    let container = try decoder.container(strictlyKeyedBy: MixtureKeys.self)
    value = .mixture(
      .init(
        experts: try container.decode(Int.self, forKey: .experts),
        expertsPerToken: try container.decode(Int.self, forKey: .expertsPerToken),
        expertWidth: try container.decode(Int.self, forKey: .expertWidth),
        isGated: try container.flag(.gated, default: true),
        hasExpertBias: try container.flag(.expertBias),
        hasRouterBias: try container.flag(.routerBias),
        sharedWidth: try container.decodeIfPresent(Int.self, forKey: .sharedWidth) ?? 0,
        hasSharedRouter: try container.flag(.sharedRouter)))
  }
}
