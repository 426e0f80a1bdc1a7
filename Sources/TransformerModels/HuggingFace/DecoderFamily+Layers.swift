// What differs from layer to layer: windows and experts.

extension DecoderFamily {
  /// The window of every layer, `nil` for full attention.
  func layerWindows(_ config: ConfigReader, count: Int) throws(ModelError) -> [Int?] {
    if let types = try config.texts("layer_types") {
      return try listedWindows(types, config, count: count)
    }
    switch windows {
    case .none: return Array(repeating: nil, count: count)
    case .everyLayer(let fallback):
      return Array(repeating: try window(config, "sliding_window", fallback), count: count)
    case .allButEach(let step, let key, let windowKey, let fallback):
      let listed = if let key { try config.optionalDimension(key) } else { Int?.none }
      let window = try window(config, windowKey, fallback)
      return (1...count).map { $0.isMultiple(of: listed ?? step) ? nil : window }
    case .lateLayers(let first):
      guard try config.flag("use_sliding_window", default: false) else {
        return Array(repeating: nil, count: count)
      }
      let first = try config.optionalCount("max_window_layers") ?? first
      let window = try window(config, "sliding_window", 4096)
      return (0..<count).map { $0 >= first ? window : nil }
    }
  }

  private func window(
    _ config: ConfigReader, _ key: String, _ fallback: Int?
  ) throws(ModelError) -> Int? {
    let limit = ModelLimits.positions
    if config.contains(key) { return try config.optionalDimension(key, limit: limit) }
    guard let fallback else { return nil }
    return try config.dimension(key, limit: limit, default: fallback)
  }

  private func listedWindows(
    _ types: [String], _ config: ConfigReader, count: Int
  ) throws(ModelError) -> [Int?] {
    guard types.count == count else {
      throw config.error(
        "layer_types", "lists \(types.count) layers, but num_hidden_layers is \(count)")
    }
    let limit = ModelLimits.positions
    let sliding = try config.optionalDimension("sliding_window", limit: limit)
    let chunk = try config.optionalDimension("attention_chunk_size", limit: limit)
    var windows: [Int?] = []
    for type in types {
      switch type {
      case "full_attention": windows.append(nil)
      case "sliding_attention" where sliding != nil: windows.append(sliding)
      case "chunked_attention" where chunk != nil: windows.append(chunk)
      case "sliding_attention": throw config.error("sliding_window", "missing")
      case "chunked_attention": throw config.error("attention_chunk_size", "missing")
      default:
        throw config.error(
          "layer_types",
          "'\(type)' is not supported; known are full, sliding and chunked _attention")
      }
    }
    return windows
  }

  /// The feed-forward network of every layer.
  func networks(_ config: ConfigReader, count: Int) throws(ModelError) -> [FeedForward] {
    guard let experts, let mixture = try experts.mixture(config) else {
      return Array(repeating: try dense(config, key: "intermediate_size"), count: count)
    }
    let hasExperts = try experts.layersWithExperts(config, count: count)
    guard hasExperts.contains(false) else {
      return Array(repeating: .mixture(mixture), count: count)
    }
    let dense = try dense(config, key: experts.denseWidthKey)
    return hasExperts.map { $0 ? .mixture(mixture) : dense }
  }

  private func dense(_ config: ConfigReader, key: String) throws(ModelError) -> FeedForward {
    let hasBias =
      switch feedForwardBias {
      case .off: false
      case .on: true
      case .key(let key, let fallback): try config.flag(key, default: fallback)
      }
    return .dense(
      .init(
        width: try config.dimension(key, default: defaults?.feedForward), isGated: isGated,
        hasBias: hasBias))
  }
}

extension ExpertRule {
  /// The mixture of a layer with experts; `nil` where `n_routed_experts` is null.
  fileprivate func mixture(_ config: ConfigReader) throws(ModelError) -> FeedForward.Mixture? {
    if layers == .afterDense, try config.optionalCount("n_routed_experts") == nil { return nil }
    let experts = try config.dimension(
      "num_local_experts", "num_experts", "n_routed_experts", limit: ModelLimits.experts)
    let perToken = try config.dimension("num_experts_per_tok", default: perToken)
    guard perToken <= experts else {
      throw config.error("num_experts_per_tok", "is \(perToken), more than the \(experts) experts")
    }
    let width = try config.dimension(widthKey)
    let sharedWidth: Int
    switch shared {
    case .none: sharedWidth = 0
    case .gated(let key): sharedWidth = try config.dimension(key)
    case .count(let key):
      let count = try config.optionalCount(key) ?? 0
      guard count <= ModelLimits.dimension / width else {
        throw config.error(key, "is \(count), too many experts of width \(width)")
      }
      sharedWidth = count * width
    case .one: sharedWidth = width
    }
    let isCorrected = try config.text("topk_method") == "noaux_tc"
    return FeedForward.Mixture(
      experts: experts, expertsPerToken: perToken, expertWidth: width,
      hasExpertBias: hasExpertBias, hasRouterBias: hasRouterBias || isCorrected,
      sharedWidth: sharedWidth, hasSharedRouter: isGatedShare)
  }

  private var isGatedShare: Bool {
    if case .gated = shared { true } else { false }
  }

  fileprivate func layersWithExperts(
    _ config: ConfigReader, count: Int
  ) throws(ModelError) -> [Bool] {
    switch layers {
    case .all: return Array(repeating: true, count: count)
    case .sparseStep:
      let step = try config.optionalDimension("decoder_sparse_step") ?? 1
      let dense = Set(try config.integers("mlp_only_layers") ?? [])
      return (0..<count).map { ($0 + 1).isMultiple(of: step) && !dense.contains($0) }
    case .afterDense:
      let first = try config.optionalCount("first_k_dense_replace") ?? 0
      let step = try config.optionalDimension("moe_layer_freq") ?? 1
      return (0..<count).map { $0 >= first && $0.isMultiple(of: step) }
    case .interleaved:
      if let listed = try config.integers("moe_layers") {
        let listed = Set(listed)
        return (0..<count).map(listed.contains)
      }
      let step = try config.optionalDimension("interleave_moe_layer_step") ?? 1
      return (1...count).map { $0.isMultiple(of: step) }
    }
  }
}
