extension TransformerModel {
  /// The tensors outside the blocks; the output head is absent where it is tied.
  public var outerTensors: [TensorSpec] {
    let embeddingWidth = embedding.projectedFrom ?? width
    var tensors = [
      TensorSpec(.tokenEmbedding, rows: embedding.vocabularyRows, columns: embeddingWidth)
    ]
    if embedding.positionRows > 0 {
      tensors.append(
        TensorSpec(.positionEmbedding, rows: embedding.positionRows, columns: width))
    }
    if embedding.hasNorm, let spec = norm.tensor(.embeddingNorm, length: width) {
      tensors.append(spec)
    }
    if let narrow = embedding.projectedFrom {
      tensors.append(TensorSpec(.embeddingProjectionIn, rows: width, columns: narrow))
      tensors.append(TensorSpec(.embeddingProjectionOut, rows: narrow, columns: width))
    }
    if hasFinalNorm, let spec = norm.tensor(.outputNorm, length: width) {
      tensors.append(spec)
    }
    if !embedding.isTied {
      tensors.append(
        TensorSpec(
          .outputHead, rows: embedding.vocabularyRows, columns: embeddingWidth,
          hasBias: embedding.hasHeadBias))
    }
    return tensors
  }

  /// All parameters; a tied output head counts once.
  public var parameters: Int {
    sum { $0.parameters }
  }

  /// Parameters that one token passes: all but the experts it is not routed to.
  public var activeParameters: Int {
    parameters - inactiveExpertParameters
  }

  /// Parameters read to decode one token: the active ones without an untied input embedding.
  ///
  /// Of such an embedding a token reads a single row. Learned positions count; they are few.
  public var decodeStreamedParameters: Int {
    let tokenEmbedding = outerTensors.first { $0.role == .tokenEmbedding }?.parameters ?? 0
    return activeParameters - (embedding.isTied ? 0 : tokenEmbedding)
  }

  /// Numbers that one token adds to the KV cache of all layers, before any window forgets it.
  public var keyValueElementsPerToken: Int {
    layers.reduce(0) { total, run in
      let attention = run.layer.attention
      return total + run.count * (attention.cachedKeyElements + attention.cachedValueElements)
    }
  }

  private var inactiveExpertParameters: Int {
    layers.reduce(0) { total, run in
      guard case .mixture(let mixture) = run.layer.feedForward else { return total }
      let routed = run.layer.feedForward.tensors(width: width)
        .filter { $0.role.isRoutedExpert }
        .reduce(0) { $0 + $1.parameters }
      let idle = mixture.experts - mixture.expertsPerToken
      return total + run.count * (routed / mixture.experts) * idle
    }
  }

  private func sum(_ value: (TensorSpec) -> Int) -> Int {
    let outer = outerTensors.reduce(0) { $0 + value($1) }
    return layers.reduce(outer) { total, run in
      let tensors = run.layer.tensors(width: width, norm: norm)
      return total + run.count * tensors.reduce(0) { $0 + value($1) }
    }
  }
}
