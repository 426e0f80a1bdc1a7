/// What a described model may measure, so that no count derived from it overflows.
enum ModelLimits {
  /// Widths, heads, vocabulary rows.
  static let dimension = 1 << 24
  /// Layers: some times more than any model has; where all differ, pricing takes their square.
  static let layers = 1_000
  static let experts = 1 << 16
  static let positions = 1 << 31
  /// 10^15: times bytes per parameter and batch it still fits an `Int`.
  static let parameters = 0x1p50
}

extension TransformerModel {
  /// The model itself, once every dimension is known to be positive and every count to fit.
  func validated(file: String) throws(ModelError) -> TransformerModel {
    let check = RangeCheck(file: file)
    try check("width", width)
    try check("vocabulary_rows", embedding.vocabularyRows)
    if embedding.positionRows != 0 { try check("position_rows", embedding.positionRows) }
    if let narrow = embedding.projectedFrom { try check("embedding_width", narrow) }
    if let maximumPositions {
      try check("maximum_positions", maximumPositions, limit: ModelLimits.positions)
    }
    guard !layers.isEmpty else { throw check.error("layers", "is empty") }
    for (index, run) in layers.enumerated() {
      try check("layers[\(index)].count", run.count, limit: ModelLimits.layers)
      try run.layer.attention.validate(check, "layers[\(index)].attention")
      try run.layer.feedForward.validate(check, "layers[\(index)].feed_forward")
    }
    try check("layers", layerCount, limit: ModelLimits.layers)
    let parameters = approximateParameters
    guard parameters <= ModelLimits.parameters else {
      throw ModelError(
        file: file,
        problem: "describes \(parameters) parameters, more than 2^50; check the dimensions")
    }
    return self
  }

  /// The parameter count in floating point, which cannot overflow.
  private var approximateParameters: Double {
    func size(_ tensors: [TensorSpec]) -> Double {
      tensors.reduce(0) { $0 + Double($1.rows) * Double($1.columns) * Double($1.copies) }
    }
    return layers.reduce(size(outerTensors)) { total, run in
      total + Double(run.count) * size(run.layer.tensors(width: width, norm: norm))
    }
  }
}

extension Attention {
  fileprivate func validate(_ check: RangeCheck, _ path: String) throws(ModelError) {
    try check("\(path).heads", heads)
    try check("\(path).key_value_heads", keyValueHeads)
    try check("\(path).head_dim", headDim)
    if let window { try check("\(path).window", window, limit: ModelLimits.positions) }
    guard let latent else {
      guard heads.isMultiple(of: keyValueHeads) else {
        throw check.error(
          "\(path).key_value_heads",
          "is \(keyValueHeads), which does not divide the \(heads) query heads")
      }
      return
    }
    if let rank = latent.queryRank { try check("\(path).latent.query_rank", rank) }
    try check("\(path).latent.key_value_rank", latent.keyValueRank)
    try check("\(path).latent.content_head_dim", latent.contentHeadDim)
    try check("\(path).latent.rope_head_dim", latent.ropeHeadDim)
    try check("\(path).latent.value_head_dim", latent.valueHeadDim)
  }
}

extension FeedForward {
  fileprivate func validate(_ check: RangeCheck, _ path: String) throws(ModelError) {
    switch self {
    case .dense(let dense): try check("\(path).width", dense.width)
    case .mixture(let mixture):
      try check("\(path).experts", mixture.experts, limit: ModelLimits.experts)
      try check("\(path).experts_per_token", mixture.expertsPerToken, limit: mixture.experts)
      try check("\(path).expert_width", mixture.expertWidth)
      if mixture.sharedWidth != 0 { try check("\(path).shared_width", mixture.sharedWidth) }
    }
  }
}

/// Refuses numbers that are not in 1...limit.
private struct RangeCheck {
  let file: String

  func callAsFunction(
    _ field: String, _ value: Int, limit: Int = ModelLimits.dimension
  ) throws(ModelError) {
    guard (1...limit).contains(value) else {
      throw error(field, "is \(value), expected 1 to \(limit)")
    }
  }

  func error(_ field: String, _ problem: String) -> ModelError {
    ModelError(file: file, field: field, problem: problem)
  }
}
