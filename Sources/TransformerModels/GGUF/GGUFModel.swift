/// Derives the shapes of a model from the tensor table, with the metadata for what it cannot show.
struct GGUFModel {
  private let metadata: GGUFMetadata
  private let outer: GGUFBlock
  private let blocks: [GGUFBlock]
  private let tensors: [StoredTensor]

  init(tensors: [StoredTensor], metadata: GGUFMetadata) throws(Obstacle) {
    guard !tensors.isEmpty else { throw Obstacle("the file holds no tensors") }
    self.tensors = tensors
    self.metadata = metadata
    outer = GGUFBlock(tensors.filter { $0.layer == nil }, place: "the file")
    let count = try Self.layerCount(metadata)
    var byLayer = [[StoredTensor]](repeating: [], count: count)
    for tensor in tensors {
      if let layer = tensor.layer, layer >= 0, layer < count { byLayer[layer].append(tensor) }
    }
    blocks = byLayer.enumerated().map { GGUFBlock($1, place: "layer \($0)") }
    try refuseForeign()
  }

  /// Layers that decode a token; those that predict further ones come after them and do not.
  private static func layerCount(_ metadata: GGUFMetadata) throws(Obstacle) -> Int {
    let all = metadata.count("block_count") ?? 0
    let count = all - (metadata.count("nextn_predict_layers") ?? 0)
    guard (1...ModelLimits.layers).contains(count) else {
      throw Obstacle("\(metadata.architecture).block_count is missing or out of range")
    }
    return count
  }

  private func refuseForeign() throws(Obstacle) {
    if metadata["attention.causal"] == .bool(false) {
      throw Obstacle("\(metadata.architecture) is an encoder, which decodes no tokens")
    }
    let recurrent = ["ssm_", "time_mix_", "channel_mix_", "shortconv"]
    for tensor in tensors {
      let stem = GGUFTensorName(tensor.name).stem
      if recurrent.contains(where: { stem.hasPrefix($0) }) {
        throw Obstacle("\(tensor.name) belongs to a recurrent layer, which is not modelled")
      }
      if tensor.shape.contains(where: { $0 > ModelLimits.dimension }) {
        throw Obstacle("\(tensor.name) is larger than any known model's")
      }
    }
  }

  /// The model; `id` is its identifier where the file has no name.
  func model(id: String) throws(Obstacle) -> TransformerModel {
    let embedding = try outer.matrix(.tokenEmbedding)
    let window = GGUFWindow(metadata)
    var model = TransformerModel(
      id: id, name: metadata.values["general.name"]?.description ?? id,
      family: metadata.architecture, width: embedding.columns,
      embedding: Embedding(
        vocabularyRows: embedding.rows, isTied: !outer.has(.outputHead),
        positionRows: outer[.positionEmbedding]?.rows ?? 0,
        rotatesQueriesAndKeys: !["bloom", "mpt"].contains(metadata.architecture),
        hasNorm: outer.has(.embeddingNorm),
        hasHeadBias: outer.hasBias(.outputHead)),
      norm: normKind, hasFinalNorm: outer.has(.outputNorm),
      maximumPositions: metadata.count("context_length").flatMap { $0 > 0 ? $0 : nil }, layers: [])
    for (index, block) in blocks.enumerated() {
      let layer = try layer(index, block, window: window.length(layer: index))
      if model.layers.last?.layer == layer {
        model.layers[model.layers.count - 1].count += 1
      } else {
        model.layers.append(LayerRun(count: 1, layer: layer))
      }
    }
    do throws(ModelError) {
      model = try model.validated(file: id)
    } catch {
      throw Obstacle("\(error.field ?? "the model") \(error.problem)")
    }
    try check(model)
    return model
  }

  private func layer(
    _ index: Int, _ block: GGUFBlock, window: Int?
  ) throws(Obstacle) -> TransformerLayer {
    let norms: [TensorRole] = [
      .attentionNorm, .attentionPostNorm, .feedForwardNorm, .feedForwardPostNorm,
    ].filter { block.has($0) }
    return TransformerLayer(
      attention: try block.attention(layer: index, metadata: metadata, window: window),
      feedForward: try block.feedForward(layer: index, metadata: metadata),
      norms: norms, isParallel: isParallel(block, norms: norms))
  }

  /// A block whose halves share one norm runs them on one input; Falcon-40B has a norm for each,
  /// and GPT-NeoX says which it is.
  private func isParallel(_ block: GGUFBlock, norms: [TensorRole]) -> Bool {
    if metadata.architecture == "gptneox" {
      return metadata["use_parallel_residual"] != .bool(false)
    }
    return norms == [.attentionNorm]
      || block.tensors.contains { GGUFTensorName($0.name).stem == "attn_norm_2" }
  }

  private var normKind: NormKind {
    if outer.hasBias(.outputNorm) || blocks.contains(where: { $0.hasBias(.attentionNorm) }) {
      return .layer
    }
    if !tensors.contains(where: { $0.roles.first?.part == .norms }) { return .withoutParameters }
    return metadata["attention.layer_norm_epsilon"] == nil ? .rms : .layerWithoutBias
  }
}

extension GGUFModel {
  /// Where more of the weights than this are of unknown purpose, the model is not understood.
  private static let mostUnknown = 0.02
  /// Biases of norms on queries and keys, and the like, may be missing from the shapes.
  private static let mostDifference = 0.001

  /// Tensors that no prediction uses, or whose purpose is not known.
  var unmodelled: [StoredTensor] {
    tensors.filter { tensor in
      tensor.roles.isEmpty || tensor.layer.map { !blocks.indices.contains($0) } ?? false
    }
  }

  /// Refuses a model whose parameters are not those that the file stores.
  private func check(_ model: TransformerModel) throws(Obstacle) {
    let outerParameters = model.outerTensors.reduce(0) { $0 + $1.parameters }
    try check("outside the layers", outer, parameters: outerParameters)
    for (index, block) in blocks.enumerated() {
      let specs = model.layer(at: index).tensors(width: model.width, norm: model.norm)
      try check("in layer \(index)", block, parameters: specs.reduce(0) { $0 + $1.parameters })
    }
    let unknown = unmodelled.filter { $0.roles.isEmpty }
    let elements = unknown.reduce(0) { $0 + $1.elements }
    let all = tensors.reduce(0) { $0 + $1.elements }
    if Double(elements) > Self.mostUnknown * Double(all), let first = unknown.first {
      throw Obstacle(
        "\(unknown.count) tensors, \(first.name) first, hold \(elements) of \(all) weights for a "
          + "purpose that is not known")
    }
  }

  private func check(_ place: String, _ block: GGUFBlock, parameters: Int) throws(Obstacle) {
    let stored = block.modelledElements
    guard Double(abs(stored - parameters)) <= Self.mostDifference * Double(stored) else {
      throw Obstacle(
        "the file stores \(stored) weights \(place), but its shapes give \(parameters)")
    }
  }
}
