/// Roles that a name alone does not tell.
enum GGUFRoles {
  /// Corrects the roles of each block's tensors by what else the block holds.
  static func resolve(_ tensors: [StoredTensor]) -> [StoredTensor] {
    var indices: [Int: [Int]] = [:]
    for (index, tensor) in tensors.enumerated() {
      if let layer = tensor.layer { indices[layer, default: []].append(index) }
    }
    var resolved = tensors
    for places in indices.values {
      let block = GGUFBlock(places.map { tensors[$0] }, place: "")
      for place in places { resolved[place] = resolve(tensors[place], in: block) }
    }
    return resolved
  }

  private static func resolve(_ tensor: StoredTensor, in block: GGUFBlock) -> StoredTensor {
    switch tensor.roles {
    case [.up] where fusesGate(block, .gate, .up, .down): tensor.with(roles: [.gate, .up])
    case [.expertUp] where fusesGate(block, .expertGate, .expertUp, .expertDown):
      tensor.with(roles: [.expertGate, .expertUp])
    case [.attentionPostNorm] where isFeedForwardNorm(block):
      tensor.with(roles: [.feedForwardNorm])
    default: tensor
    }
  }

  /// Phi-3, ChatGLM and GLM-4 keep gate and up in one matrix of twice the hidden width.
  private static func fusesGate(
    _ block: GGUFBlock, _ gate: TensorRole, _ up: TensorRole, _ down: TensorRole
  ) -> Bool {
    guard !block.has(gate), let up = block[up], let down = block[down] else { return false }
    return up.rows == 2 * down.columns
  }

  /// gpt-oss and DBRX name the norm before the feed-forward network after the attention.
  private static func isFeedForwardNorm(_ block: GGUFBlock) -> Bool {
    block.has(.attentionNorm) && !block.has(.feedForwardNorm) && !block.has(.feedForwardPostNorm)
  }
}
