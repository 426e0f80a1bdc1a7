public import HardwareProfiles
public import QuantizationFormats
public import TransformerModels
import Units

/// The predicted time of one kind of operation, all layers together.
public struct OperationPrediction: Hashable, Sendable {
  /// The operation.
  public let kind: OperationKind
  /// Seconds.
  public let seconds: Double

  /// Describes a prediction.
  public init(kind: OperationKind, seconds: Double) {
    self.kind = kind
    self.seconds = seconds
  }
}

/// Predicts the time of whole passes on a calibrated machine: the sum over the operations of the
/// plan, each by what calibration measured of its kernel.
public struct TransformerPredictor: Sendable {
  /// What is run: `tokens` of each sequence in chunks, after `depth` cached ones; in decode one
  /// after the other.
  public struct Work: Hashable, Sendable {
    /// Sequences, B.
    public var sequences: Int
    /// Tokens of each sequence in one pass.
    public var tokens: Int
    /// Tokens of each sequence in the cache before; in decode the mean over the steps.
    public var depth: Double
    /// Threads.
    public var threads: Int
    /// Whether the head runs, as it does after the last chunk of a prompt.
    public var hasHead = true

    /// Describes a pass.
    public init(sequences: Int, tokens: Int, depth: Double, threads: Int, hasHead: Bool = true) {
      self.sequences = sequences
      self.tokens = tokens
      self.depth = depth
      self.threads = threads
      self.hasHead = hasHead
    }
  }

  private var kernels: KernelPredictor
  private let ceilings: HardwareProfile.KernelCeilings
  private let operations: OperationPredictor
  private let cacheBytes: Double
  private let model: TransformerModel
  private let cache: KVCacheFormat
  private let format: @Sendable (TensorSpec, Int?) -> StorageFormat
  private let workingSet: Double

  /// A predictor for `model` on the machine of `profile`; `nil` if that was not calibrated for
  /// whole models.
  ///
  /// - Parameters:
  ///   - profile: A calibrated machine.
  ///   - model: The shapes.
  ///   - cache: How keys and values are stored.
  ///   - format: How a tensor is stored.
  public init?(
    _ profile: HardwareProfile, model: TransformerModel, cache: KVCacheFormat,
    format: @escaping @Sendable (TensorSpec, Int?) -> StorageFormat
  ) {
    guard let kernels = KernelPredictor(profile), let ceilings = profile.kernels,
      let operations = OperationPredictor(profile)
    else { return nil }
    self.kernels = kernels
    self.ceilings = ceilings
    self.operations = operations
    self.model = model
    self.cache = cache
    self.format = format
    cacheBytes = profile.lastLevelCache?.capacity.value ?? 0
    workingSet = model.tensorsInOrder.reduce(0) { sum, item in
      let (spec, layer) = item
      return spec.isVector || spec.role.part == .embedding && !model.embedding.isTied
        ? sum : sum + Self.bytes(spec, format(spec, layer)) * Double(spec.copies)
    }
  }

  /// The same predictor while plain reads of memory reach so many bytes per second, with as many threads
  /// as the work has; `nil` for what they reached in calibration.
  public func readingMemory(at bytesPerSecond: Double?) -> Self {
    var other = self
    other.kernels.memoryBytesPerSecond = bytesPerSecond
    return other
  }

  /// The operations of one pass in the order of execution; `nil` where calibration lacks a format.
  public func operations(of work: Work) -> [OperationPrediction]? {
    var sums: [OperationKind: Double] = [:]
    var order: [OperationKind] = []
    func add(_ kind: OperationKind, _ seconds: Double) {
      if sums[kind] == nil { order.append(kind) }
      sums[kind, default: 0] += seconds
    }
    let tokens = work.sequences * work.tokens
    add(.embedding, time("embedding", Double(tokens * model.width), work.threads))
    var index = 0
    for run in model.layers {
      // Layers of a run may differ in the formats of their tensors.
      for layer in index..<index + run.count {
        guard addLayer(run.layer, layer, work, add) else { return nil }
      }
      index += run.count
    }
    guard work.hasHead else { return order.map { .init(kind: $0, seconds: sums[$0] ?? 0) } }
    add(.norm(.outputNorm), time("norm", Double(work.sequences * model.width), work.threads))
    let role: TensorRole = model.embedding.isTied ? .tokenEmbedding : .outputHead
    guard let head = model.outerTensors.first(where: { $0.role == role }),
      let seconds = product(head, nil, tokens: work.sequences, work.threads)
    else { return nil }
    add(.outputHead, seconds)
    return order.map { .init(kind: $0, seconds: sums[$0] ?? 0) }
  }

  /// Adds the operations of one block; false where calibration lacks a format.
  private func addLayer(
    _ layer: TransformerLayer, _ index: Int, _ work: Work, _ add: (OperationKind, Double) -> Void
  ) -> Bool {
    let tokens = work.sequences * work.tokens
    let attention = layer.attention
    for spec in layer.tensors(width: model.width, norm: model.norm) {
      if spec.isVector {
        let heads = spec.role == .queryNorm ? attention.heads : attention.keyValueHeads
        let isPerHead =
          [.queryNorm, .keyNorm].contains(spec.role)
          && attention.queryKeyNorm == .perHead
        let numbers = Double(tokens * spec.columns * (isPerHead ? heads : 1))
        add(.norm(spec.role), time("norm", numbers, work.threads))
      } else if spec.role.isRoutedExpert, case .mixture(let mixture) = layer.feedForward {
        // Routed at random: so many experts are visited, each by its share of the tokens.
        let visits = Double(tokens * mixture.expertsPerToken)
        let missed = 1 - Double(mixture.expertsPerToken) / Double(mixture.experts)
        let visited = Double(mixture.experts) * (1 - Self.power(missed, tokens))
        let guests = max(1, Int((visits / visited).rounded()))
        guard let seconds = product(spec, index, tokens: guests, work.threads) else { return false }
        add(.linear(spec.role), visited * seconds)
      } else {
        guard let seconds = product(spec, index, tokens: tokens, work.threads) else { return false }
        add(.linear(spec.role), seconds)
      }
    }
    let heads = Double(tokens * (attention.heads + attention.keyValueHeads) * attention.headDim)
    if model.embedding.rotatesQueriesAndKeys { add(.rope, time("rope", heads, work.threads)) }
    let cached = Double(tokens * attention.keyValueHeads * 2 * attention.headDim)
    // A cache that was not calibrated must not count as free.
    guard
      let store = operations.seconds(
        "store/\(cache.key.id)", size: cached, threads: work.threads),
      let attend = attend(attention, work)
    else { return false }
    add(.keyValueStore, store)
    add(.attention, attend)
    let (hidden, _) = layer.feedForward.hiddenElementsPerToken
    add(.activation, time("activation", hidden * Double(tokens), work.threads))
    add(.residual, 2 * time("residual", Double(tokens * model.width), work.threads))
    return true
  }

  /// A product with the weights of one tensor.
  private func product(_ spec: TensorSpec, _ layer: Int?, tokens: Int, _ threads: Int) -> Double? {
    let format = format(spec, layer)
    guard let isa = ceilings.rates.last(where: { $0.format == format.id })?.isa else { return nil }
    var work = KernelWork(
      format: format.id, isa: isa, rows: spec.rows, columns: spec.columns, tokens: tokens,
      threads: threads, weightBytes: Self.bytes(spec, format),
      isFromMemory: workingSet > cacheBytes)
    work.workingSetBytes = workingSet
    return kernels.seconds(for: work)
  }

  private func attend(_ attention: Attention, _ work: Work) -> Double? {
    let isDecode = work.tokens == 1
    let size: Double
    if isDecode {
      size = min(work.depth + 1, Double(attention.window ?? .max))
    } else {
      let pass = Pass(
        sequences: work.sequences, newTokens: work.tokens, cachedBefore: Int(work.depth))
      size = pass.attendedPairs(window: attention.window.map(Double.init) ?? .infinity)
    }
    return operations.attention(
      AttentionWork(
        cache: cache.key.id, isDecode: isDecode, size: size,
        heads: work.sequences * attention.keyValueHeads,
        queriesPerKey: attention.heads / attention.keyValueHeads, width: attention.headDim,
        threads: work.threads))
  }

  private func time(_ name: String, _ size: Double, _ threads: Int) -> Double {
    operations.seconds(name, size: size, threads: threads) ?? 0
  }

  private static func power(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0
    for _ in 0..<exponent {
      result *= base
      if result < 1e-12 { return 0 }
    }
    return result
  }

  private static func bytes(_ spec: TensorSpec, _ format: StorageFormat) -> Double {
    format.bytes(rows: (spec.rows + 15) / 16 * 16, columns: spec.columns).count
  }
}
