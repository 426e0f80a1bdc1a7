import QuantizationFormats
import TransformerModels

/// Walks a model once and writes down the cost of each operation.
struct OperationPlanBuilder {
  let model: TransformerModel
  let precision: Precision
  let source: WeightSource

  private(set) var groups: [OperationPlan.LayerGroup] = []
  private(set) var templates: ContiguousArray<OperationTemplate> = []
  private(set) var activationPeaks: [ActivationPeak] = []
  private(set) var bytesByRole: [TensorRole: Double] = [:]
  /// Bytes of stored tensors whose role is not known.
  private(set) var otherBytes = 0.0

  /// Bytes of one activation in memory.
  private var activation: Double { Double(precision.activations.storedBits) / 8 }
  private var width: Double { Double(model.width) }

  init(model: TransformerModel, precision: Precision, source: WeightSource) {
    self.model = model
    self.precision = precision
    self.source = source
  }

  mutating func build() {
    appendEmbedding()
    groupLayers()
    for (index, group) in groups.enumerated() {
      append(layerGroup: index, group.layer, firstIndex: group.indices[0])
    }
    appendHead()
    countWeights()
    activationPeaks = ActivationLiveness(model: model, bytesPerElement: activation).peaks
  }

  // MARK: Outside the blocks

  private mutating func appendEmbedding() {
    let outer = model.outerTensors
    var template = OperationTemplate(kind: .embedding, group: nil, arithmetic: .vector)
    for spec in outer where spec.role == .tokenEmbedding || spec.role == .positionEmbedding {
      template.rowBytesPerToken += embeddingRowBytes(spec)
      template.activationBytesPerToken = Double(spec.columns) * activation
    }
    templates.append(template)
    for spec in outer where spec.role == .embeddingProjectionIn {
      appendLinear(spec, group: nil, layer: nil)
    }
    for spec in outer where spec.role == .embeddingNorm {
      appendNorm(spec, group: nil, layer: nil)
    }
  }

  private func embeddingRowBytes(_ spec: TensorSpec) -> Double {
    source.bytes(of: spec, layer: nil, in: model) / Double(spec.rows)
  }

  private mutating func appendHead() {
    let outer = model.outerTensors
    for spec in outer where spec.role == .outputNorm {
      appendNorm(spec, group: nil, layer: nil, tokens: .last)
    }
    for spec in outer where spec.role == .embeddingProjectionOut {
      appendLinear(spec, group: nil, layer: nil, tokens: .last)
    }
    let role: TensorRole = model.embedding.isTied ? .tokenEmbedding : .outputHead
    guard let spec = outer.first(where: { $0.role == role }) else { return }
    var template = OperationTemplate(kind: .outputHead, group: nil, arithmetic: .linear)
    template.tokens = .last
    template.operationsPerToken = 2 * Double(spec.rows) * Double(spec.columns)
    template.weightBytes = source.bytes(of: spec, layer: nil, in: model)
    // Logits are f32 in every engine: sampling needs them so.
    template.activationBytesPerToken = Double(spec.columns) * activation + Double(spec.rows) * 4
    template.isDividedByTensorParallelism = true
    templates.append(template)
  }

  // MARK: Layers

  private mutating func groupLayers() {
    struct Signature: Hashable {
      let layer: TransformerLayer
      let bytes: [Double]
    }
    var order: [Signature] = []
    var indices: [Signature: [Int]] = [:]
    var index = 0
    for run in model.layers {
      let specs = run.layer.tensors(width: model.width, norm: model.norm)
      for _ in 0..<run.count {
        let bytes = specs.map { source.bytes(of: $0, layer: index, in: model) }
        let signature = Signature(layer: run.layer, bytes: bytes)
        if indices[signature] == nil { order.append(signature) }
        indices[signature, default: []].append(index)
        index += 1
      }
    }
    groups = order.map { signature in
      OperationPlan.LayerGroup(
        layer: signature.layer, indices: indices[signature] ?? [],
        weightBytesPerLayer: signature.bytes.reduce(0, +))
    }
  }

  private mutating func append(
    layerGroup group: Int, _ layer: TransformerLayer, firstIndex: Int
  ) {
    let specs = layer.tensors(width: model.width, norm: model.norm)
    func these(_ roles: [TensorRole]) -> [TensorSpec] {
      specs.filter { roles.contains($0.role) }
    }
    for spec in these([.attentionNorm]) { appendNorm(spec, group: group, layer: firstIndex) }
    for spec in specs where Self.beforeAttention.contains(spec.role) {
      if spec.isVector {
        appendNorm(spec, group: group, layer: firstIndex, heads: layer.attention)
      } else {
        appendLinear(
          spec, group: group, layer: firstIndex, keyValueHeads: layer.attention.keyValueHeads)
      }
    }
    appendRope(layer.attention, group: group)
    appendAttention(layer.attention, group: group)
    // Learned sinks are one more score for each head.
    for spec in these([.attentionSinks]) {
      templates[templates.count - 1].weightBytes += source.bytes(
        of: spec, layer: firstIndex, in: model)
    }
    for spec in these([.attentionOutput]) {
      appendLinear(spec, group: group, layer: firstIndex)
    }
    for spec in these([.attentionPostNorm]) { appendNorm(spec, group: group, layer: firstIndex) }
    if !layer.isParallel { appendResidual(group: group, inputs: 2) }
    for spec in these([.feedForwardNorm]) { appendNorm(spec, group: group, layer: firstIndex) }
    appendFeedForward(layer, specs: specs, group: group, layer: firstIndex)
    for spec in these([.feedForwardPostNorm]) {
      appendNorm(spec, group: group, layer: firstIndex)
    }
    appendResidual(group: group, inputs: layer.isParallel ? 3 : 2)
  }

  private static let beforeAttention: Set<TensorRole> = [
    .query, .key, .value, .queryNorm, .keyNorm, .latentQueryDown, .latentQueryNorm,
    .latentQueryUp, .latentKeyValueDown, .latentKeyValueNorm, .latentKeyValueUp,
  ]

  private mutating func appendFeedForward(
    _ layer: TransformerLayer, specs: [TensorSpec], group: Int, layer index: Int
  ) {
    let inner = specs.filter { $0.role.part == .feedForward || $0.role.part == .experts }
    let first = inner.filter { ![.down, .expertDown, .sharedExpertDown].contains($0.role) }
    let last = inner.filter { [.down, .expertDown, .sharedExpertDown].contains($0.role) }
    for spec in first {
      appendLinear(spec, group: group, layer: index, mixture: layer.feedForward.mixture)
    }
    appendActivation(layer.feedForward, group: group)
    for spec in last {
      appendLinear(spec, group: group, layer: index, mixture: layer.feedForward.mixture)
    }
  }

  // MARK: Operations

  private mutating func appendLinear(
    _ spec: TensorSpec, group: Int?, layer: Int?, mixture: FeedForward.Mixture? = nil,
    keyValueHeads: Int? = nil, tokens: OperationTemplate.Tokens = .all
  ) {
    var template = OperationTemplate(kind: .linear(spec.role), group: group, arithmetic: .linear)
    template.tokens = tokens
    let macs = Double(spec.rows) * Double(spec.columns)
    let elements = Double(spec.rows) + Double(spec.columns)
    var uses = 1.0
    template.weightBytes = source.bytes(of: spec, layer: layer, in: model)
    if spec.role.isRoutedExpert, let mixture {
      template.experts = Double(mixture.experts)
      template.expertsPerToken = Double(mixture.expertsPerToken)
      template.weightBytes /= template.experts
      uses = template.expertsPerToken
    }
    template.operationsPerToken = 2 * macs * uses
    template.activationBytesPerToken = elements * activation * uses
    // Latent down-projections and routers are small and kept whole on each device.
    template.isDividedByTensorParallelism =
      group != nil
      && ![.router, .sharedExpertRouter, .latentQueryDown, .latentKeyValueDown].contains(spec.role)
    if spec.role == .key || spec.role == .value, let keyValueHeads {
      template.mostParts = Double(keyValueHeads)
    }
    templates.append(template)
  }

  private mutating func appendNorm(
    _ spec: TensorSpec, group: Int?, layer: Int?, heads: Attention? = nil,
    tokens: OperationTemplate.Tokens = .all
  ) {
    var template = OperationTemplate(kind: .norm(spec.role), group: group, arithmetic: .vector)
    template.tokens = tokens
    template.weightBytes = source.bytes(of: spec, layer: layer, in: model)
    var elements = Double(spec.columns)
    if let heads, heads.queryKeyNorm == .perHead {
      if spec.role == .queryNorm { elements *= Double(heads.heads) }
      if spec.role == .keyNorm { elements *= Double(heads.keyValueHeads) }
    }
    // Square, add, scale by the root, multiply by the gain.
    template.operationsPerToken = 4 * elements
    template.activationBytesPerToken = 2 * elements * activation
    templates.append(template)
  }

  private mutating func appendRope(_ attention: Attention, group: Int) {
    guard model.embedding.rotatesQueriesAndKeys else { return }
    var template = OperationTemplate(kind: .rope, group: group, arithmetic: .vector)
    let elements =
      if let latent = attention.latent {
        Double((attention.heads + 1) * latent.ropeHeadDim)
      } else {
        Double((attention.heads + attention.keyValueHeads) * attention.headDim)
      }
    // Two numbers turn with four multiplications and two additions.
    template.operationsPerToken = 3 * elements
    template.activationBytesPerToken = 2 * elements * activation
    template.isDividedByTensorParallelism = true
    templates.append(template)
  }

  private mutating func appendAttention(_ attention: Attention, group: Int) {
    let window = attention.window.map(Double.init) ?? .infinity
    let cache = cacheBytesPerToken(attention)
    let heads = Double(attention.heads)
    var store = OperationTemplate(kind: .keyValueStore, group: group, arithmetic: .vector)
    store.writesCache = true
    store.window = window
    store.cacheBytesPerToken = cache
    store.isDividedByTensorParallelism = true
    // A latent is one vector that every device needs whole.
    store.mostCacheParts = attention.latent == nil ? Double(attention.keyValueHeads) : 1
    templates.append(store)

    var template = OperationTemplate(kind: .attention, group: group, arithmetic: .attention)
    template.readsCache = true
    template.window = window
    template.cacheBytesPerToken = cache
    template.mostCacheParts = store.mostCacheParts
    let queryWidth = attention.latent.map { $0.contentHeadDim + $0.ropeHeadDim }
    let keyDim = Double(queryWidth ?? attention.headDim)
    let valueDim = Double(attention.valueHeadDim)
    template.operationsPerPairInPrefill = 2 * heads * (keyDim + valueDim)
    template.operationsPerPairInDecode =
      attention.latent.map { latent in
        2 * heads * Double(2 * latent.keyValueRank + latent.ropeHeadDim)
      } ?? template.operationsPerPairInPrefill
    template.activationBytesPerToken = heads * (keyDim + valueDim) * activation
    template.isDividedByTensorParallelism = true
    templates.append(template)
  }

  private func cacheBytesPerToken(_ attention: Attention) -> Double {
    let keys = Double(attention.cachedKeyElements)
    let values = Double(attention.cachedValueElements)
    let cache = precision.kvCache
    return
      (keys * cache.key.bitsPerWeight(columns: attention.cachedKeyElements)
      + values * cache.value.bitsPerWeight(columns: max(attention.cachedValueElements, 1))) / 8
  }

  private mutating func appendActivation(_ feedForward: FeedForward, group: Int) {
    var template = OperationTemplate(kind: .activation, group: group, arithmetic: .vector)
    let (hidden, isGated) = feedForward.hiddenElementsPerToken
    // About four operations for the non-linearity, one for the gate.
    template.operationsPerToken = hidden * (isGated ? 5 : 4)
    template.activationBytesPerToken = hidden * (isGated ? 3 : 2) * activation
    template.isDividedByTensorParallelism = true
    templates.append(template)
  }

  private mutating func appendResidual(group: Int, inputs: Double) {
    var template = OperationTemplate(kind: .residual, group: group, arithmetic: .vector)
    template.operationsPerToken = (inputs - 1) * width
    template.activationBytesPerToken = (inputs + 1) * width * activation
    templates.append(template)
  }

  // MARK: Memory

  private mutating func countWeights() {
    for spec in model.outerTensors {
      bytesByRole[spec.role, default: 0] += source.bytes(of: spec, layer: nil, in: model)
    }
    for group in groups {
      for spec in group.layer.tensors(width: model.width, norm: model.norm) {
        let bytes = source.bytes(of: spec, layer: group.indices[0], in: model)
        bytesByRole[spec.role, default: 0] += bytes * Double(group.indices.count)
      }
    }
    if case .file(let stored) = source { otherBytes = stored.unknownBytes }
  }
}
