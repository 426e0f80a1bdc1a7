extension DecoderFamily {
  /// The shapes that `config` describes.
  func model(_ config: ConfigReader, identity: ModelIdentity) throws(ModelError) -> TransformerModel
  {
    let width = try config.dimension("hidden_size", default: defaults?.width)
    let count = try config.dimension(
      "num_hidden_layers", limit: ModelLimits.layers, default: defaults?.layers)
    let attention = try attention(config, width: width)
    let windows = try layerWindows(config, count: count)
    let networks = try networks(config, count: count)
    let isParallel = try isOn(sharesInput, config)
    let norms = isParallel ? Array(norms.prefix(1)) : norms
    let positions = try positions(config)
    let layers = zip(windows, networks).map { window, network in
      var attention = attention
      // A window as long as the longest context hides nothing.
      attention.window = window.flatMap { $0 < positions ?? .max ? $0 : nil }
      return TransformerLayer(
        attention: attention, feedForward: network, norms: norms, isParallel: isParallel)
    }
    return TransformerModel(
      id: identity.id, name: identity.name, family: identity.family, width: width,
      embedding: Embedding(
        vocabularyRows: try config.dimension("vocab_size", default: defaults?.vocabulary),
        isTied: try config.flag("tie_word_embeddings", default: isTied),
        hasHeadBias: try isOn(headBias, config)),
      norm: norm, maximumPositions: positions, layers: LayerRun.runs(of: layers))
  }

  private func positions(_ config: ConfigReader) throws(ModelError) -> Int? {
    let key = "max_position_embeddings"
    if let positions = try config.optionalDimension(key, limit: ModelLimits.positions) {
      return positions
    }
    guard let fallback = defaults?.positions else { return nil }
    return try config.dimension(key, default: fallback)
  }

  private func isOn(_ setting: Switch, _ config: ConfigReader) throws(ModelError) -> Bool {
    switch setting {
    case .off: false
    case .on: true
    case .key(let key, let fallback): try config.flag(key, default: fallback)
    }
  }

  // MARK: Attention

  private func attention(_ config: ConfigReader, width: Int) throws(ModelError) -> Attention {
    let heads = try config.dimension("num_attention_heads", default: defaults?.heads)
    if isLatent { return try latentAttention(config, heads: heads) }
    let keyValueHeads = try keyValueHeads(config, heads: heads)
    return Attention(
      heads: heads, keyValueHeads: keyValueHeads,
      headDim: try headDim(config, width: width, heads: heads),
      hasQueryKeyValueBias: try isOn(queryKeyValueBias, config),
      hasOutputBias: try isOn(outputBias, config),
      queryKeyNorm: try queryKeyNorm(config), hasSinks: hasSinks)
  }

  private func keyValueHeads(_ config: ConfigReader, heads: Int) throws(ModelError) -> Int {
    let key = "num_key_value_heads"
    // An explicit null means as many as query heads, whatever the class would assume.
    let fallback = config.contains(key) ? nil : keyValueHeads
    let keyValueHeads =
      if let value = try config.optionalDimension(key) {
        value
      } else if let fallback {
        try config.dimension(key, default: fallback)
      } else {
        heads
      }
    guard heads.isMultiple(of: keyValueHeads) else {
      throw config.error(
        key, "is \(keyValueHeads), which does not divide the \(heads) attention heads")
    }
    return keyValueHeads
  }

  private func headDim(
    _ config: ConfigReader, width: Int, heads: Int
  ) throws(ModelError) -> Int {
    if let headDim = try config.optionalDimension("head_dim") ?? headDim { return headDim }
    guard width.isMultiple(of: heads) else {
      throw config.error(
        "head_dim", "missing, and hidden_size \(width) is not a multiple of \(heads) heads")
    }
    return width / heads
  }

  private func queryKeyNorm(
    _ config: ConfigReader
  ) throws(ModelError) -> Attention.QueryKeyNorm {
    switch queryKeyNorm {
    case .fixed(let norm): norm
    case .switched(let key, let norm): try config.flag(key, default: false) ? norm : .none
    }
  }

  private func latentAttention(
    _ config: ConfigReader, heads: Int
  ) throws(ModelError) -> Attention {
    let latent = Attention.Latent(
      queryRank: config.contains("q_lora_rank")
        ? try config.optionalDimension("q_lora_rank")
        : try config.dimension("q_lora_rank", default: 1536),
      keyValueRank: try config.dimension("kv_lora_rank", default: 512),
      contentHeadDim: try config.dimension("qk_nope_head_dim", default: 128),
      ropeHeadDim: try config.dimension("qk_rope_head_dim", default: 64),
      valueHeadDim: try config.dimension("v_head_dim", default: 128))
    if try config.flag("attention_bias", default: false) {
      config.assume("the biases of attention_bias are left out; they are few")
    }
    return Attention(
      heads: heads, keyValueHeads: heads, headDim: latent.contentHeadDim + latent.ropeHeadDim,
      latent: latent)
  }
}
