// Architectures whose config.json names its fields in its own way: OPT, BLOOM, MPT, GPT-2,
// GPTBigCode, GPT-J, GPT-NeoX, Falcon. Read from transformers 4.57.1.

/// Builds the models that `DecoderFamily` does not cover.
struct OlderArchitectures {
  let config: ConfigReader
  let identity: ModelIdentity

  static let modelTypes = [
    "opt", "bloom", "mpt", "gpt2", "gpt_bigcode", "gptj", "gpt_neox", "falcon", "RefinedWeb",
    "RefinedWebModel",
  ]

  /// The model of one of `modelTypes`; `nil` for another type.
  func model(_ modelType: String) throws(ModelError) -> TransformerModel? {
    switch modelType {
    case "opt": try opt()
    case "bloom": try bloom()
    case "mpt": try mpt()
    case "gpt2": try gpt2(isMultiQuery: false)
    case "gpt_bigcode": try gpt2(isMultiQuery: try config.flag("multi_query", default: true))
    case "gptj": try gptj()
    case "gpt_neox": try neox()
    case "falcon", "RefinedWeb", "RefinedWebModel": try falcon(modelType)
    default: nil
    }
  }

  // MARK: Parts that they share

  private func attention(
    width: Int, heads: Int, keyValueHeads: Int? = nil, bias: Bool,
    queryKeyNorm: Attention.QueryKeyNorm = .none
  ) throws(ModelError) -> Attention {
    guard width.isMultiple(of: heads) else {
      throw config.error("hidden_size", "is \(width), not a multiple of the \(heads) heads")
    }
    let keyValueHeads = keyValueHeads ?? heads
    guard heads.isMultiple(of: keyValueHeads) else {
      throw config.error(
        "num_kv_heads", "is \(keyValueHeads), which does not divide the \(heads) heads")
    }
    return Attention(
      heads: heads, keyValueHeads: keyValueHeads, headDim: width / heads,
      hasQueryKeyValueBias: bias, hasOutputBias: bias, queryKeyNorm: queryKeyNorm)
  }

  private func model(
    width: Int, embedding: Embedding, norm: NormKind = .layer, hasFinalNorm: Bool = true,
    positions: Int?, count: Int, layer: TransformerLayer
  ) -> TransformerModel {
    TransformerModel(
      id: identity.id, name: identity.name, family: identity.family, width: width,
      embedding: embedding, norm: norm, hasFinalNorm: hasFinalNorm, maximumPositions: positions,
      layers: [LayerRun(count: count, layer: layer)])
  }

  private func isTied(default fallback: Bool) throws(ModelError) -> Bool {
    try config.flag("tie_word_embeddings", default: fallback)
  }

  private func plain(_ width: Int, bias: Bool) -> FeedForward {
    .dense(.init(width: width, isGated: false, hasBias: bias))
  }

  private func layerCount(_ key: String = "num_hidden_layers") throws(ModelError) -> Int {
    try config.dimension(key, "num_hidden_layers", limit: ModelLimits.layers)
  }

  private func positions(
    _ key: String = "max_position_embeddings", default fallback: Int = 2048
  ) throws(ModelError) -> Int {
    try config.optionalDimension(key, "max_position_embeddings") ?? fallback
  }

  // MARK: The architectures

  private func opt() throws(ModelError) -> TransformerModel {
    let width = try config.dimension("hidden_size")
    let narrow = try config.optionalDimension("word_embed_proj_dim") ?? width
    let bias = try config.flag("enable_bias", default: true)
    let isBefore = try config.flag("do_layer_norm_before", default: true)
    let lacksFinalNorm = try config.flag("_remove_final_layer_norm", default: false)
    let hasAffineNorm = try config.flag("layer_norm_elementwise_affine", default: true)
    let positions = try positions()
    return model(
      width: width,
      embedding: Embedding(
        vocabularyRows: try config.dimension("vocab_size"), isTied: try isTied(default: true),
        // The first two rows stand for padding.
        positionRows: positions + 2, projectedFrom: narrow == width ? nil : narrow),
      norm: hasAffineNorm ? .layer : .withoutParameters,
      hasFinalNorm: isBefore && !lacksFinalNorm, positions: positions,
      count: try layerCount(),
      layer: TransformerLayer(
        attention: try attention(
          width: width, heads: try config.dimension("num_attention_heads"), bias: bias),
        feedForward: plain(try config.dimension("ffn_dim"), bias: bias)))
  }

  private func bloom() throws(ModelError) -> TransformerModel {
    let width = try config.dimension("hidden_size", "n_embed")
    return model(
      width: width,
      embedding: Embedding(
        vocabularyRows: try config.dimension("vocab_size"), isTied: try isTied(default: true),
        rotatesQueriesAndKeys: false, hasNorm: true),
      positions: try config.optionalDimension("seq_length"),
      count: try layerCount("n_layer"),
      layer: TransformerLayer(
        attention: try attention(
          width: width, heads: try config.dimension("n_head", "num_attention_heads"), bias: true),
        feedForward: plain(4 * width, bias: true)))
  }

  private func mpt() throws(ModelError) -> TransformerModel {
    let width = try config.dimension("d_model", "hidden_size")
    let expansion = try config.dimension("expansion_ratio", limit: 64, default: 4)
    let bias = try !config.flag("no_bias", default: true)
    let details = config.nested("attn_config")
    let usesALiBi = try details?.flag("alibi", default: true) ?? true
    let learnsPositions = try config.flag("learned_pos_emb", default: true) && !usesALiBi
    let positions = try positions("max_seq_len")
    let normsQueries = try details?.flag("qk_ln", default: false) ?? false
    return model(
      width: width,
      embedding: Embedding(
        vocabularyRows: try config.dimension("vocab_size"), isTied: try isTied(default: true),
        positionRows: learnsPositions ? positions : 0, rotatesQueriesAndKeys: !usesALiBi),
      norm: bias ? .layer : .layerWithoutBias, positions: positions,
      count: try layerCount("n_layers"),
      layer: TransformerLayer(
        attention: try attention(
          width: width, heads: try config.dimension("n_heads", "num_attention_heads"),
          keyValueHeads: try details?.optionalDimension("kv_n_heads"), bias: bias,
          queryKeyNorm: normsQueries ? .allHeads : .none),
        feedForward: plain(expansion * width, bias: bias)))
  }

  private func gpt2(isMultiQuery: Bool) throws(ModelError) -> TransformerModel {
    let width = try config.dimension("n_embd", "hidden_size")
    let positions = try positions("n_positions", default: 1024)
    return model(
      width: width,
      embedding: Embedding(
        vocabularyRows: try config.dimension("vocab_size"), isTied: try isTied(default: true),
        positionRows: positions),
      positions: positions, count: try layerCount("n_layer"),
      layer: TransformerLayer(
        attention: try attention(
          width: width, heads: try config.dimension("n_head", "num_attention_heads"),
          keyValueHeads: isMultiQuery ? 1 : nil, bias: true),
        feedForward: plain(try config.optionalDimension("n_inner") ?? 4 * width, bias: true)))
  }

  private func gptj() throws(ModelError) -> TransformerModel {
    let width = try config.dimension("n_embd", "hidden_size")
    return model(
      width: width,
      embedding: Embedding(
        vocabularyRows: try config.dimension("vocab_size"), isTied: try isTied(default: false),
        hasHeadBias: true),
      positions: try positions("n_positions"),
      count: try layerCount("n_layer"),
      layer: TransformerLayer(
        attention: try attention(
          width: width, heads: try config.dimension("n_head", "num_attention_heads"), bias: false),
        feedForward: plain(try config.optionalDimension("n_inner") ?? 4 * width, bias: true),
        norms: [.attentionNorm], isParallel: true))
  }

  private func neox() throws(ModelError) -> TransformerModel {
    let width = try config.dimension("hidden_size")
    return model(
      width: width,
      embedding: Embedding(
        vocabularyRows: try config.dimension("vocab_size"), isTied: try isTied(default: false)),
      positions: try positions(),
      count: try layerCount(),
      layer: TransformerLayer(
        attention: try attention(
          width: width, heads: try config.dimension("num_attention_heads"),
          bias: try config.flag("attention_bias", default: true)),
        feedForward: plain(try config.dimension("intermediate_size"), bias: true),
        isParallel: try config.flag("use_parallel_residual", default: true)))
  }

  private func falcon(_ modelType: String) throws(ModelError) -> TransformerModel {
    let width = try config.dimension("hidden_size", "n_embed")
    let bias = try config.flag("bias", default: false)
    // RefinedWeb is the older name of Falcon-40B, RefinedWebModel that of Falcon-7B.
    let isNew = try config.flag("new_decoder_architecture", default: modelType == "RefinedWeb")
    let heads = try config.dimension("num_attention_heads", "n_head")
    let listed = try config.optionalDimension("num_kv_heads", "n_head_kv")
    let isMultiQuery = try config.flag("multi_query", default: true)
    let isParallel = try config.flag("parallel_attn", default: true)
    let normCount = try config.optionalDimension("num_ln_in_parallel_attn") ?? (isNew ? 2 : 1)
    return model(
      width: width,
      embedding: Embedding(
        vocabularyRows: try config.dimension("vocab_size"), isTied: try isTied(default: true)),
      positions: try positions(),
      count: try layerCount("n_layer"),
      layer: TransformerLayer(
        attention: try attention(
          width: width, heads: heads,
          keyValueHeads: isNew ? listed : isMultiQuery ? 1 : nil, bias: bias),
        feedForward: plain(
          try config.optionalDimension("ffn_hidden_size") ?? 4 * width, bias: bias),
        norms: isParallel && normCount == 1
          ? [.attentionNorm] : [.attentionNorm, .feedForwardNorm],
        isParallel: isParallel))
  }
}
