import Kernels
import TransformerModels

extension Transformer {
  /// projected = the feed-forward network of normed.
  func feedForward(_ layer: LayerWeights) throws {
    switch layer.shape.feedForward {
    case .dense(let dense): try runDense(layer, isGated: dense.isGated)
    case .mixture(let mixture): try runMixture(layer, mixture)
    }
  }

  private func runDense(_ layer: LayerWeights, isGated: Bool) throws {
    if isGated {
      try time(.gate) { try multiply(layer.linears[.gate], buffers.normed, into: &buffers.gate) }
    }
    try time(.up) { try multiply(layer.linears[.up], buffers.normed, into: &buffers.up) }
    activate(isGated: isGated)
    try time(.down) { try multiply(layer.linears[.down], buffers.up, into: &buffers.projected) }
  }

  private func activate(isGated: Bool) {
    time(.activation) {
      rows.activate(
        &buffers.up, gate: isGated ? buffers.gate : nil, with: weights.rules.nonlinearity)
    }
  }

  // MARK: Mixtures of experts

  /// Tokens are gathered by expert, so that each expert's weights are read once.
  private func runMixture(_ layer: LayerWeights, _ mixture: FeedForward.Mixture) throws {
    let width = weights.shapes.width
    let tokens = buffers.normed.count / width
    try time(.router) {
      try multiply(layer.linears[.router], buffers.normed, into: &buffers.routed)
    }
    let visits = visits(mixture, tokens: tokens)
    var sum = [Float](repeating: 0, count: tokens * width)
    for (expert, guests) in visits.enumerated() where !guests.isEmpty {
      let input = guests.flatMap { buffers.normed[$0.token * width..<($0.token + 1) * width] }
      try runExpert(layer, expert, input, isGated: mixture.isGated)
      for (row, guest) in guests.enumerated() {
        for i in 0..<width {
          sum[guest.token * width + i] += guest.weight * buffers.projected[row * width + i]
        }
      }
    }
    if mixture.sharedWidth > 0 {
      try runShared(layer, mixture)
      rows.add(buffers.projected, to: &sum)
    }
    buffers.projected = sum
  }

  private func runExpert(
    _ layer: LayerWeights, _ expert: Int, _ input: [Float], isGated: Bool
  ) throws {
    if isGated {
      try time(.expertGate) {
        try multiply(layer.experts[.expertGate]?[expert], input, into: &buffers.gate)
      }
    }
    try time(.expertUp) {
      try multiply(layer.experts[.expertUp]?[expert], input, into: &buffers.up)
    }
    activate(isGated: isGated)
    try time(.expertDown) {
      try multiply(layer.experts[.expertDown]?[expert], buffers.up, into: &buffers.projected)
    }
  }

  private func runShared(_ layer: LayerWeights, _ mixture: FeedForward.Mixture) throws {
    let width = weights.shapes.width
    if mixture.isGated {
      try time(.sharedGate) {
        try multiply(layer.linears[.sharedExpertGate], buffers.normed, into: &buffers.gate)
      }
    }
    try time(.sharedUp) {
      try multiply(layer.linears[.sharedExpertUp], buffers.normed, into: &buffers.up)
    }
    activate(isGated: mixture.isGated)
    try time(.sharedDown) {
      try multiply(layer.linears[.sharedExpertDown], buffers.up, into: &buffers.projected)
    }
    guard mixture.hasSharedRouter else { return }
    try time(.sharedRouter) {
      try multiply(layer.linears[.sharedExpertRouter], buffers.normed, into: &buffers.routed)
      for (token, logit) in buffers.routed.enumerated() {
        let share = 1 / (1 + expf(-logit))
        for i in token * width..<(token + 1) * width { buffers.projected[i] *= share }
      }
    }
  }

  /// Which tokens visit which expert, with what weight.
  private func visits(
    _ mixture: FeedForward.Mixture, tokens: Int
  ) -> [[(token: Int, weight: Float)]] {
    var visits = [[(token: Int, weight: Float)]](repeating: [], count: mixture.experts)
    for token in 0..<tokens {
      let logits = buffers.routed[token * mixture.experts..<(token + 1) * mixture.experts]
      let chosen = Routing.choose(
        Array(logits), count: mixture.expertsPerToken, rule: weights.rules.routing)
      for (expert, weight) in chosen { visits[expert].append((token, weight)) }
    }
    return visits
  }
}

/// The choice of experts.
enum Routing {
  /// The `count` experts with the largest logits, with their weights; of equals the first.
  static func choose(
    _ logits: [Float], count: Int, rule: NumericRules.Routing
  ) -> [(expert: Int, weight: Float)] {
    let order = logits.indices.sorted { (logits[$1], $0) < (logits[$0], $1) }
    let chosen = order.prefix(count)
    let highest = logits[order[0]]
    let parts = logits.map { expf($0 - highest) }
    let sum =
      switch rule {
      case .softmaxOfChosen: chosen.reduce(0) { $0 + parts[$1] }
      case .softmaxOfAll: parts.reduce(0, +)
      }
    return chosen.map { ($0, parts[$0] / sum) }
  }
}
