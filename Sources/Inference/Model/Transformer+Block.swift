import Kernels
import Measurement
import TransformerModels

extension Transformer {
  /// One block.
  func run(
    _ layer: LayerWeights, _ cache: KeyValueCache, _ place: CachedAttention.Place
  ) throws {
    normalizeInput(.attentionNorm, .attentionNorm, of: layer)
    let attentionInput = layer.shape.isParallel ? buffers.normed : []
    try attend(layer, cache, place)
    normalizeOutput(.attentionPostNorm, .attentionPostNorm, of: layer)
    if layer.shape.isParallel {
      // Both halves read the block's input.
      let attended = buffers.projected
      buffers.normed = attentionInput
      normalizeInput(.feedForwardNorm, .feedForwardNorm, of: layer, isOptional: true)
      try feedForward(layer)
      normalizeOutput(.feedForwardPostNorm, .feedForwardPostNorm, of: layer)
      time(.residual) {
        rows.add(attended, to: &buffers.hidden)
        rows.add(buffers.projected, to: &buffers.hidden)
      }
      return
    }
    time(.residual) { rows.add(buffers.projected, to: &buffers.hidden) }
    normalizeInput(.feedForwardNorm, .feedForwardNorm, of: layer)
    try feedForward(layer)
    normalizeOutput(.feedForwardPostNorm, .feedForwardPostNorm, of: layer)
    time(.residual) { rows.add(buffers.projected, to: &buffers.hidden) }
  }

  /// normed = norm(hidden); the residual stream itself where the block has no such norm.
  private func normalizeInput(
    _ role: TensorRole, _ step: Step, of layer: LayerWeights, isOptional: Bool = false
  ) {
    guard layer.shape.norms.contains(role) else {
      if !isOptional { buffers.normed = buffers.hidden }
      return
    }
    let norm = layer.norms[role] ?? Norm(gain: nil, bias: nil)
    time(step) {
      normalize(buffers.hidden, norm, width: weights.shapes.width, into: &buffers.normed)
    }
  }

  /// projected = norm(projected), where the block has such a norm.
  private func normalizeOutput(_ role: TensorRole, _ step: Step, of layer: LayerWeights) {
    guard layer.shape.norms.contains(role) else { return }
    let norm = layer.norms[role] ?? Norm(gain: nil, bias: nil)
    time(step) {
      let input = buffers.projected
      normalize(input, norm, width: weights.shapes.width, into: &buffers.projected)
    }
  }

  private func attend(
    _ layer: LayerWeights, _ cache: KeyValueCache, _ place: CachedAttention.Place
  ) throws {
    let shape = layer.shape.attention
    try time(.query) { try multiply(layer.linears[.query], buffers.normed, into: &buffers.query) }
    try time(.key) { try multiply(layer.linears[.key], buffers.normed, into: &buffers.key) }
    try time(.value) { try multiply(layer.linears[.value], buffers.normed, into: &buffers.value) }
    normalizeHeads(layer)
    rotate(shape)
    try cache.calibrateGrids(keys: buffers.key, values: buffers.value)
    try time(.store) {
      try attention.store(keys: buffers.key, values: buffers.value, at: place, in: cache)
    }
    try time(.attention) {
      let scale = weights.rules.attentionScale ?? Float(1 / Double(shape.headDim).squareRoot())
      let rule = CachedAttention.Rule(
        heads: shape.heads, scale: scale, window: shape.window, cap: weights.rules.attentionCap)
      try attention.attend(buffers.query, rule: rule, at: place, in: cache, into: &buffers.attended)
    }
    try time(.attentionOutput) {
      try multiply(layer.linears[.attentionOutput], buffers.attended, into: &buffers.projected)
    }
  }

  /// Norms of queries and keys, over each head or over all.
  private func normalizeHeads(_ layer: LayerWeights) {
    let shape = layer.shape.attention
    guard shape.queryKeyNorm != .none else { return }
    let isPerHead = shape.queryKeyNorm == .perHead
    if let norm = layer.norms[.queryNorm] {
      time(.queryNorm) {
        let input = buffers.query
        let width = isPerHead ? shape.headDim : shape.heads * shape.headDim
        normalize(input, norm, width: width, into: &buffers.query)
      }
    }
    if let norm = layer.norms[.keyNorm] {
      time(.keyNorm) {
        let input = buffers.key
        let width = isPerHead ? shape.headDim : shape.keyValueHeads * shape.headDim
        normalize(input, norm, width: width, into: &buffers.key)
      }
    }
  }

  private func rotate(_ shape: Attention) {
    guard let rotation = weights.rules.rotation(hasWindow: shape.window != nil) else { return }
    let isLocal = shape.window != nil && weights.rules.windowRotation != nil
    let turns = isLocal ? windowTurns : turns
    let pairs = (rotation.dimensions ?? shape.headDim) / 2
    time(.rope) {
      rows.rotate(
        &buffers.query, heads: shape.heads, width: shape.headDim, turns: turns, pairs: pairs,
        interleaved: rotation.isInterleaved)
      rows.rotate(
        &buffers.key, heads: shape.keyValueHeads, width: shape.headDim, turns: turns,
        pairs: pairs, interleaved: rotation.isInterleaved)
    }
  }

  // MARK: What the halves share

  func normalize(_ x: [Float], _ norm: Norm, width: Int, into out: inout [Float]) {
    let epsilon = weights.rules.normEpsilon
    switch weights.shapes.norm {
    case .rms:
      rows.normalizeRootMeanSquare(x, gain: norm.gain, width: width, epsilon: epsilon, into: &out)
    case .layer, .layerWithoutBias, .withoutParameters:
      rows.normalizeLayer(
        x, gain: norm.gain, bias: norm.bias, width: width, epsilon: epsilon, into: &out)
    }
  }

  func multiply(_ linear: Linear?, _ input: [Float], into out: inout [Float]) throws {
    guard let linear else { preconditionFailure("a matrix of the shapes is missing") }
    let matrix = linear.matrix.matrix
    let tokens = input.count / matrix.columns
    try multiplier.multiply(matrix, input, tokens: tokens, into: &out)
    if let minimums = linear.matrix.minimums {
      rows.sumRounded(input, into: &sums)
      try multiplier.multiply(minimums, sums, tokens: tokens, into: &offsets)
      rows.add(offsets, to: &out)
    }
    if let bias = linear.bias { rows.add(bias: bias, to: &out) }
  }

  /// Runs `body`, timing it if that was asked for.
  func time(_ step: Step, _ body: () throws -> Void) rethrows {
    guard clock != nil else { return try body() }
    let start = MonotonicClock.seconds
    try body()
    clock?.add(MonotonicClock.seconds - start, to: step)
  }
}
