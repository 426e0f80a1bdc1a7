// Read from the config and modeling files of transformers 4.57.1, in `src/transformers/models/`.

extension DecoderFamily {
  /// The families by `model_type`.
  static let table: [String: DecoderFamily] = {
    var table = dense
    table.merge(experts) { first, _ in first }
    table["code_llama"] = table["llama"]
    table["yi"] = table["llama"]
    table["Yi"] = table["llama"]
    table["ministral"] = table["mistral"]
    table["kimi_k2"] = table["deepseek_v3"]
    return table
  }()

  private static let attentionBias = Switch.key("attention_bias", default: false)
  private static let fourNorms: [TensorRole] = [
    .attentionNorm, .attentionPostNorm, .feedForwardNorm, .feedForwardPostNorm,
  ]

  private static let llama = DecoderFamily(
    queryKeyValueBias: attentionBias, outputBias: attentionBias,
    feedForwardBias: .key("mlp_bias", default: false))

  private static let dense: [String: DecoderFamily] = [
    "llama": llama,
    "granite": llama,
    "mistral": DecoderFamily(keyValueHeads: 8, windows: .everyLayer(default: 4096)),
    "smollm3": with(llama) {
      $0.isTied = true
      $0.keyValueHeads = 4
      $0.windows = .lateLayers(from: 0)
    },
    "seed_oss": with(llama) {
      $0.keyValueHeads = 8
      $0.headDim = 128
      $0.queryKeyValueBias = .key("attention_bias", default: true)
      $0.outputBias = .key("attention_out_bias", default: false)
    },
    "internlm2": DecoderFamily(
      queryKeyValueBias: .key("bias", default: true), outputBias: .key("bias", default: true)),
    "qwen2": DecoderFamily(
      keyValueHeads: 32, queryKeyValueBias: .on, windows: .lateLayers(from: 28)),
    "qwen3": DecoderFamily(
      keyValueHeads: 32, headDim: 128, queryKeyValueBias: attentionBias, outputBias: attentionBias,
      queryKeyNorm: .fixed(.perHead), windows: .lateLayers(from: 28)),
    "gemma": gemma,
    "gemma2": with(gemma) {
      $0.keyValueHeads = 4
      $0.norms = fourNorms
      $0.windows = .allButEach(2, key: nil, window: "sliding_window", default: 4096)
    },
    "gemma3_text": with(gemma) {
      $0.keyValueHeads = 4
      $0.norms = fourNorms
      $0.queryKeyNorm = .fixed(.perHead)
      $0.windows = .allButEach(
        6, key: "sliding_window_pattern", window: "sliding_window", default: 4096)
      $0.defaults = Dimensions(
        width: 2304, layers: 26, heads: 8, feedForward: 9216, vocabulary: 262_208,
        positions: 131_072)
    },
    "phi": DecoderFamily(
      queryKeyValueBias: .on, outputBias: .on, feedForwardBias: .on, headBias: .on,
      queryKeyNorm: .switched(key: "qk_layernorm", .perHead), norm: .layer, sharesInput: .on,
      isGated: false),
    "phi3": DecoderFamily(windows: .everyLayer(default: nil)),
    "stablelm": DecoderFamily(
      keyValueHeads: 32, queryKeyValueBias: .key("use_qkv_bias", default: false),
      queryKeyNorm: .switched(key: "qk_layernorm", .allHeads), norm: .layer,
      sharesInput: .key("use_parallel_residual", default: false)),
    "starcoder2": DecoderFamily(
      isTied: true, keyValueHeads: 2, queryKeyValueBias: .key("use_bias", default: true),
      outputBias: .key("use_bias", default: true), feedForwardBias: .key("use_bias", default: true),
      norm: .layer, isGated: false, windows: .everyLayer(default: nil)),
    "olmo": with(llama) {
      $0.norm = .withoutParameters
      $0.feedForwardBias = .off
    },
    "olmo2": olmo2,
    "olmo3": with(olmo2) {
      $0.windows = .allButEach(4, key: nil, window: "sliding_window", default: 4096)
    },
    "cohere": cohere,
    "cohere2": with(cohere) {
      $0.queryKeyNorm = .fixed(.none)
      $0.windows = .allButEach(
        4, key: "sliding_window_pattern", window: "sliding_window", default: 4096)
    },
    "glm": glm,
    "glm4": with(glm) { $0.norms = fourNorms },
    "nemotron": with(llama) {
      $0.norm = .layer
      $0.isGated = false
    },
  ]

  private static let gemma = DecoderFamily(
    isTied: true, keyValueHeads: 16, headDim: 256, queryKeyValueBias: attentionBias,
    outputBias: attentionBias)

  private static let olmo2 = DecoderFamily(
    queryKeyValueBias: attentionBias, outputBias: attentionBias, queryKeyNorm: .fixed(.allHeads),
    norms: [.attentionPostNorm, .feedForwardPostNorm])

  private static let cohere = DecoderFamily(
    isTied: true, queryKeyValueBias: attentionBias, outputBias: attentionBias,
    queryKeyNorm: .switched(key: "use_qk_norm", .allHeads), norm: .layerWithoutBias,
    sharesInput: .on)

  private static let glm = DecoderFamily(
    keyValueHeads: 2, headDim: 128, queryKeyValueBias: .key("attention_bias", default: true))

  private static let experts: [String: DecoderFamily] = [
    "mixtral": DecoderFamily(
      keyValueHeads: 8, windows: .everyLayer(default: nil), experts: ExpertRule(perToken: 2)),
    "phimoe": DecoderFamily(
      keyValueHeads: 8, queryKeyValueBias: attentionBias, outputBias: attentionBias,
      headBias: .key("lm_head_bias", default: false), norm: .layer,
      windows: .everyLayer(default: nil), experts: ExpertRule(perToken: 2)),
    "granitemoe": with(llama) { $0.experts = ExpertRule(perToken: 2) },
    "olmoe": DecoderFamily(
      queryKeyValueBias: attentionBias, outputBias: attentionBias, queryKeyNorm: .fixed(.allHeads),
      experts: ExpertRule(perToken: 8)),
    "qwen2_moe": DecoderFamily(
      keyValueHeads: 16, queryKeyValueBias: .key("qkv_bias", default: true),
      windows: .lateLayers(from: 28),
      experts: ExpertRule(
        layers: .sparseStep, widthKey: "moe_intermediate_size", perToken: 4,
        shared: .gated(widthKey: "shared_expert_intermediate_size"))),
    "qwen3_moe": DecoderFamily(
      keyValueHeads: 4, queryKeyValueBias: attentionBias, outputBias: attentionBias,
      queryKeyNorm: .fixed(.perHead), windows: .lateLayers(from: 0),
      experts: ExpertRule(layers: .sparseStep, widthKey: "moe_intermediate_size", perToken: 8)),
    "gpt_oss": DecoderFamily(
      keyValueHeads: 8, headDim: 64, queryKeyValueBias: .key("attention_bias", default: true),
      outputBias: .key("attention_bias", default: true), hasSinks: true,
      windows: .allButEach(2, key: nil, window: "sliding_window", default: 128),
      experts: ExpertRule(perToken: 4, hasRouterBias: true, hasExpertBias: true)),
    "deepseek": with(llama) {
      $0.feedForwardBias = .off
      $0.experts = deepSeekExperts
    },
    "deepseek_v2": DecoderFamily(isLatent: true, experts: deepSeekExperts),
    "deepseek_v3": DecoderFamily(
      isLatent: true,
      experts: with(deepSeekExperts) {
        $0.perToken = 8
        $0.hasRouterBias = true
      }),
    "llama4_text": DecoderFamily(
      keyValueHeads: 8, headDim: 128, queryKeyValueBias: attentionBias, outputBias: attentionBias,
      windows: .allButEach(
        4, key: "no_rope_layer_interval", window: "attention_chunk_size", default: 8192),
      experts: ExpertRule(
        layers: .interleaved, denseWidthKey: "intermediate_size_mlp", perToken: 1, shared: .one)),
  ]

  private static let deepSeekExperts = ExpertRule(
    layers: .afterDense, widthKey: "moe_intermediate_size",
    shared: .count(key: "n_shared_experts"))

  private static func with<Value>(_ value: Value, _ change: (inout Value) -> Void) -> Value {
    var value = value
    change(&value)
    return value
  }
}
