extension GGUFBlock {
  /// The attention of the block, which is `layer` of the model.
  func attention(layer: Int, metadata: GGUFMetadata, window: Int?) throws(Obstacle) -> Attention {
    guard let heads = metadata.count("attention.head_count", layer: layer), heads > 0 else {
      throw Obstacle(
        "\(metadata.architecture).attention.head_count is missing or 0 for layer \(layer)")
    }
    if has(.latentKeyValueDown) { return try latentAttention(layer: layer, heads: heads) }
    let output = try matrix(.attentionOutput)
    guard let valueDim = quotient(output.columns, heads) else {
      throw mismatch(layer, "\(output.name) has \(output.columns) columns for \(heads) heads")
    }
    let shape = try queryShape(layer: layer, heads: heads, valueDim: valueDim, metadata: metadata)
    return Attention(
      heads: heads, keyValueHeads: shape.keyValueHeads, headDim: shape.headDim,
      valueHeadDim: valueDim, window: window, hasQueryKeyValueBias: hasBias(.query),
      hasOutputBias: hasBias(.attentionOutput),
      queryKeyNorm: queryKeyNorm(headDim: shape.headDim),
      hasSinks: has(.attentionSinks))
  }

  private func queryShape(
    layer: Int, heads: Int, valueDim: Int, metadata: GGUFMetadata
  ) throws(Obstacle) -> (keyValueHeads: Int, headDim: Int) {
    let query = try matrix(.query)
    if query.roles.count > 1 {
      // rows = (heads + keyValueHeads) headDim + keyValueHeads valueDim
      let keyValueHeads = metadata.count("attention.head_count_kv", layer: layer) ?? heads
      guard keyValueHeads > 0,
        let headDim = quotient(query.rows - keyValueHeads * valueDim, heads + keyValueHeads)
      else {
        throw mismatch(
          layer, "\(query.name) has \(query.rows) rows for \(heads) + \(keyValueHeads) heads")
      }
      return (keyValueHeads, headDim)
    }
    let key = try matrix(.key)
    let value = try matrix(.value)
    guard let headDim = quotient(query.rows, heads),
      let keyValueHeads = quotient(key.rows, headDim), value.rows == keyValueHeads * valueDim
    else {
      throw mismatch(
        layer,
        "queries, keys and values have \(query.rows), \(key.rows) and \(value.rows) rows for "
          + "\(heads) heads of \(valueDim)")
    }
    return (keyValueHeads, headDim)
  }

  private func queryKeyNorm(headDim: Int) -> Attention.QueryKeyNorm {
    guard let norm = self[.queryNorm] else { return .none }
    return norm.elements == headDim ? .perHead : .allHeads
  }

  private func latentAttention(layer: Int, heads: Int) throws(Obstacle) -> Attention {
    let down = try matrix(.latentKeyValueDown)
    let norm = try matrix(.latentKeyValueNorm)
    let output = try matrix(.attentionOutput)
    let query = try matrix(has(.latentQueryUp) ? .latentQueryUp : .query)
    let ropeDim = down.rows - norm.elements
    guard ropeDim > 0, let headDim = quotient(query.rows, heads), headDim > ropeDim,
      let valueDim = quotient(output.columns, heads)
    else {
      throw mismatch(
        layer,
        "\(query.rows) query rows and \(output.columns) output columns for \(heads) heads with a "
          + "latent of \(norm.elements) + \(ropeDim)")
    }
    return Attention(
      heads: heads, keyValueHeads: heads, headDim: headDim,
      latent: Attention.Latent(
        queryRank: self[.latentQueryDown]?.rows, keyValueRank: norm.elements,
        contentHeadDim: headDim - ropeDim, ropeHeadDim: ropeDim, valueHeadDim: valueDim))
  }

  private func mismatch(_ layer: Int, _ text: String) -> Obstacle {
    Obstacle("the attention of layer \(layer) is of no known kind: \(text)")
  }
}
