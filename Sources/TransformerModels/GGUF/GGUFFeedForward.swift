extension GGUFBlock {
  /// The feed-forward network of the block, which is `layer` of the model.
  func feedForward(layer: Int, metadata: GGUFMetadata) throws(Obstacle) -> FeedForward {
    guard has(.expertDown) || has(.router) else {
      let down = try matrix(.down)
      _ = try matrix(.up)
      return .dense(
        FeedForward.Dense(
          width: down.columns, isGated: has(.gate), hasBias: hasBias(.up) || hasBias(.down)))
    }
    guard !has(.up) else {
      throw Obstacle("layer \(layer) has experts beside a dense feed-forward network")
    }
    return .mixture(try mixture(layer: layer, metadata: metadata))
  }

  private func mixture(
    layer: Int, metadata: GGUFMetadata
  ) throws(Obstacle) -> FeedForward.Mixture {
    let down = try matrix(.expertDown)
    let router = try matrix(.router)
    _ = try matrix(.expertUp)
    let experts = router.rows
    guard let used = metadata.count("expert_used_count", layer: layer),
      (1...experts).contains(used)
    else {
      throw Obstacle(
        "\(metadata.architecture).expert_used_count is missing or not within layer \(layer)'s "
          + "\(experts) experts")
    }
    return FeedForward.Mixture(
      experts: experts, expertsPerToken: used, expertWidth: down.columns,
      isGated: has(.expertGate), hasExpertBias: hasBias(.expertDown),
      hasRouterBias: hasBias(.router), sharedWidth: self[.sharedExpertDown]?.columns ?? 0,
      hasSharedRouter: has(.sharedExpertRouter))
  }
}
