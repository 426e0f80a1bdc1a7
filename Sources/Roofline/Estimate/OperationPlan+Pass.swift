import Units

/// The counts of one operation in one pass, all repeats together.
struct OperationCounts {
  var operations = 0.0
  var weights = 0.0
  var rows = 0.0
  var cacheRead = 0.0
  var compulsoryCacheRead = 0.0
  var cacheWritten = 0.0
  var activations = 0.0

  @inline(__always)
  var traffic: Double { weights + rows + cacheRead + cacheWritten + activations }
}

extension OperationPlan {
  /// How many layers of `share` do `template`; 0 if it is not part of the share.
  @inline(__always)
  func repeats(of template: OperationTemplate, in share: Share) -> Double {
    if let group = template.group {
      return share.layersInGroup.map { $0[group] } ?? Double(layerGroups[group].indices.count)
    }
    let isFirst = template.kind == .embedding || template.tokens == .all
    return (isFirst ? share.hasEmbedding : share.hasHead) ? 1 : 0
  }

  /// Fills the counts of `template` for `pass`.
  @inline(__always)
  func counts(
    of template: OperationTemplate, repeats: Double, in pass: Pass, share: Share
  ) -> OperationCounts {
    let tokens = template.tokens == .all ? pass.tokens : pass.sequences
    let part = share.fraction(of: template) * repeats
    var counts = OperationCounts()
    counts.operations = template.operationsPerToken * tokens * part
    counts.weights = template.weightBytes * part
    if template.experts > 0 {
      counts.weights *= expectedDistinctExperts(template, tokens: tokens)
    }
    counts.rows = template.rowBytesPerToken * tokens * repeats
    counts.activations = template.activationBytesPerToken * tokens * part
    guard template.readsCache || template.writesCache else { return counts }

    let cache =
      template.cacheBytesPerToken * pass.sequences * repeats * share.cacheFraction(of: template)
    if template.writesCache {
      counts.cacheWritten = cache * pass.newTokens
      return counts
    }
    let perPair =
      pass.decodeSteps == nil
      ? template.operationsPerPairInPrefill : template.operationsPerPairInDecode
    counts.operations +=
      perPair * pass.attendedPairs(window: template.window) * pass.sequences * part
    counts.cacheRead = cache * pass.keysRead(window: template.window)
    counts.compulsoryCacheRead = cache * pass.compulsoryKeysRead(window: template.window)
    return counts
  }

  /// E (1 - (1 - k/E)^tokens): experts that tokens routed uniformly and independently touch.
  private func expectedDistinctExperts(
    _ template: OperationTemplate, tokens: Double
  ) -> Double {
    guard tokens > 1 else { return template.expertsPerToken }
    var missed = 1.0
    var square = 1 - template.expertsPerToken / template.experts
    var bits = UInt64(tokens)
    while bits > 0, missed > 0 {
      if bits & 1 == 1 { missed *= square }
      square *= square
      bits >>= 1
    }
    return template.experts * (1 - missed)
  }
}
