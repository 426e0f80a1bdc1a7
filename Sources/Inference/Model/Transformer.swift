public import Kernels
import Measurement
import TransformerModels

/// Runs a model: embedding, blocks, output head, with a cache of keys and values.
///
/// Several sequences are run together; all have the same number of tokens. A transformer serves one
/// caller at a time; several can share weights.
public final class Transformer {
  /// The model.
  public let weights: ModelWeights
  /// Sequences that are run together, B.
  public let sequences: Int
  /// The most tokens of a sequence.
  public let capacity: Int
  /// Tokens of each sequence in the cache.
  public internal(set) var position = 0

  let multiplier: Multiplier
  let rows: RowOperations
  let attention: CachedAttention
  let caches: [KeyValueCache]
  private let angles: RotaryAngles?
  private let windowAngles: RotaryAngles?
  var clock: StepClock?
  /// Called after each block of a pass.
  var blockDone: (() -> Void)?
  var buffers = Buffers()
  /// What minimums that are packed apart need; apart from `buffers`, one of which is being written.
  var sums: [Float] = []
  var offsets: [Float] = []
  var turns: [Float] = []
  var windowTurns: [Float] = []

  /// Prepares to run.
  ///
  /// - Parameters:
  ///   - weights: The model.
  ///   - threads: Threads that share each operation.
  ///   - capacity: The most tokens of a sequence, prompt and generated ones.
  ///   - sequences: Sequences that are run together.
  ///   - cache: How keys and values are stored.
  ///   - isa: The instruction sets that may be used.
  /// - Throws: ``TransformerKernelError`` for heads that the cache's format cannot hold.
  public init(
    _ weights: ModelWeights, threads: Int, capacity: Int, sequences: Int = 1,
    cache: CacheFormat = .f16, isa: ISA = .allowed
  ) throws(TransformerKernelError) {
    self.weights = weights
    self.sequences = sequences
    self.capacity = capacity
    let pool = ThreadPool(threads: threads)
    multiplier = Multiplier(pool: pool, isa: isa)
    rows = RowOperations(pool: pool, isa: isa)
    attention = CachedAttention(pool: pool, isa: isa)
    var caches: [KeyValueCache] = []
    for layer in weights.layers {
      let shape = layer.shape.attention
      caches.append(
        try KeyValueCache(
          sequences: sequences, tokens: capacity, heads: shape.keyValueHeads,
          keyWidth: shape.headDim, valueWidth: shape.valueHeadDim, format: cache))
    }
    self.caches = caches
    let headWidth = weights.layers.first?.shape.attention.headDim ?? 0
    angles = weights.rules.rotation.map { RotaryAngles($0, headWidth: headWidth) }
    windowAngles = weights.rules.windowRotation.map { RotaryAngles($0, headWidth: headWidth) }
  }

  /// Forgets all tokens.
  public func reset() { position = 0 }

  /// Behaves as if the cache held `tokens` tokens; what was never stored there is zeros.
  public func skip(to tokens: Int) {
    precondition(tokens >= 0 && tokens <= capacity, "\(tokens) of \(capacity) tokens")
    position = tokens
  }

  /// Stores small numbers as the keys and values of the first `tokens` tokens.
  ///
  /// For measuring decode at a context without reading the prompt first. A cache of static grids that has none
  /// takes those of these numbers, and clips what comes later.
  public func fill(to tokens: Int) throws {
    for cache in caches {
      for first in stride(from: 0, to: tokens, by: 512) {
        let count = min(512, tokens - first)
        let heads = sequences * count * cache.heads
        let keys = [Float](repeating: 0.25, count: heads * cache.keyWidth)
        let values = [Float](repeating: 0.25, count: heads * cache.valueWidth)
        try cache.calibrateGrids(keys: keys, values: values)
        try attention.store(
          keys: keys, values: values, at: .init(position: first, newTokens: count), in: cache)
      }
    }
    skip(to: tokens)
  }

  /// Starts to time operations, or to time them anew.
  public func startTiming() { clock = StepClock() }

  /// Stops timing operations.
  public func stopTiming() { clock = nil }

  /// What operations took since `startTiming`, in the order of execution.
  public var timings: [OperationTiming] { clock?.timings ?? [] }

  /// Bytes of keys and values when the caches are full.
  public var cacheBytes: Int { caches.reduce(0) { $0 + $1.bytes } }

  /// Runs tokens and adds them to the cache.
  ///
  /// - Parameters:
  ///   - tokens: The same number for each sequence, sequence after sequence.
  ///   - chunk: The most tokens of a sequence that pass together; bounds the memory of activations.
  ///   - logitsOfAll: Whether logits of every token are wanted rather than of the last ones.
  /// - Returns: Logits, `vocabularyRows` for the last token of each sequence or for each token.
  /// - Throws: ``InferenceError`` for tokens that are not in the vocabulary and a full cache.
  public func run(
    _ tokens: [Int], chunk: Int = 512, logitsOfAll: Bool = false
  ) throws -> [Float] {
    let perSequence = tokens.count / sequences
    guard perSequence > 0, tokens.count == perSequence * sequences else {
      throw InferenceError.tokenCount(tokens.count, sequences: sequences)
    }
    let vocabulary = weights.shapes.embedding.vocabularyRows
    if let foreign = tokens.first(where: { $0 < 0 || $0 >= vocabulary }) {
      throw InferenceError.unknownToken(foreign, vocabulary: vocabulary)
    }
    guard position + perSequence <= capacity else {
      throw InferenceError.contextIsFull(needed: position + perSequence, capacity: capacity)
    }
    var all: [Float] = []
    var first = 0
    while first < perSequence {
      let end = min(first + max(1, chunk), perSequence)
      let isLast = end == perSequence
      let part = (0..<sequences).flatMap {
        tokens[$0 * perSequence + first..<$0 * perSequence + end]
      }
      let logits = try pass(part, wants: logitsOfAll ? .all : isLast ? .last : .none)
      if logitsOfAll { all += logits } else if isLast { return logits }
      first = end
    }
    return all
  }

  private enum Wanted { case none, last, all }

  /// One pass over a chunk.
  private func pass(_ tokens: [Int], wants wanted: Wanted) throws -> [Float] {
    let count = tokens.count / sequences
    let place = CachedAttention.Place(position: position, newTokens: count)
    turns = repeated(angles?.turns(first: position, count: count) ?? [])
    windowTurns = repeated(windowAngles?.turns(first: position, count: count) ?? [])
    try embed(tokens)
    for (layer, cache) in zip(weights.layers, caches) {
      try run(layer, cache, place)
      blockDone?()
    }
    position += count
    if wanted == .none { return [] }
    if wanted == .last { keepLastTokens(count) }
    try runHead()
    return buffers.logits
  }

  private func repeated(_ turns: [Float]) -> [Float] {
    sequences == 1 ? turns : (0..<sequences).flatMap { _ in turns }
  }

  private func embed(_ tokens: [Int]) throws {
    try time(.embedding) {
      guard let spec = weights.embeddings[.tokenEmbedding] else { return }
      buffers.hidden = try weights.source.rows(tokens, of: spec)
      let scale = weights.rules.embeddingScale
      if scale != 1 {
        let unscaled = buffers.hidden
        rows.add(unscaled, scale: scale - 1, to: &buffers.hidden)
      }
      if let positions = weights.embeddings[.positionEmbedding] {
        let count = tokens.count / sequences
        let first = position + weights.rules.firstPositionRow
        guard first + count <= positions.rows else {
          throw InferenceError.contextIsFull(
            needed: position + count, capacity: positions.rows - weights.rules.firstPositionRow)
        }
        let learned = try weights.source.rows(
          (0..<sequences).flatMap { _ in Array(first..<first + count) }, of: positions)
        rows.add(learned, to: &buffers.hidden)
      }
    }
    if let norm = weights.outerNorms[.embeddingNorm] {
      time(.embeddingNorm) {
        let input = buffers.hidden
        normalize(input, norm, width: weights.shapes.width, into: &buffers.hidden)
      }
    }
  }

  /// Only the last token of each sequence passes the head.
  private func keepLastTokens(_ count: Int) {
    guard count > 1 else { return }
    let width = weights.shapes.width
    buffers.hidden = (0..<sequences).flatMap { sequence in
      buffers.hidden[((sequence + 1) * count - 1) * width..<(sequence + 1) * count * width]
    }
  }

  private func runHead() throws {
    if weights.shapes.hasFinalNorm {
      let norm = weights.outerNorms[.outputNorm] ?? Norm(gain: nil, bias: nil)
      time(.outputNorm) {
        normalize(buffers.hidden, norm, width: weights.shapes.width, into: &buffers.normed)
      }
    } else {
      buffers.normed = buffers.hidden
    }
    try time(.outputHead) {
      try multiply(weights.head, buffers.normed, into: &buffers.logits)
      if let cap = weights.rules.logitCap {
        buffers.logits = buffers.logits.map { cap * tanhf($0 / cap) }
      }
    }
  }
}
