/// How the weights, activations and KV cache of a model are stored, and what multiplies them.
public struct Precision: Hashable, Sendable, Identifiable {
  /// The identifier under which the command line knows it: `q4_k_m`, `w4a8kv4`, `gptq-4bit-g128`.
  public let id: String
  /// One line that says what it is.
  public let summary: String
  /// Which storage format each tensor gets.
  public let weights: WeightScheme
  /// How activations are stored between operations and what they are multiplied as.
  public let activations: ActivationScheme
  /// How keys and values are cached.
  public let kvCache: KVCacheFormat
  /// The family of arithmetic, from which and the device the multiplying unit follows.
  public let arithmetic: Arithmetic
  /// What was assumed beyond the name, each a sentence for the reader of a prediction.
  public let assumptions: [String]

  /// Describes a precision.
  public init(
    id: String, summary: String, weights: WeightScheme, activations: ActivationScheme,
    kvCache: KVCacheFormat, arithmetic: Arithmetic, assumptions: [String] = []
  ) {
    self.id = id
    self.summary = summary
    self.weights = weights
    self.activations = activations
    self.kvCache = kvCache
    self.arithmetic = arithmetic
    self.assumptions = assumptions
  }

  /// The same precision with another KV cache.
  public func replacingKVCache(with kvCache: KVCacheFormat) -> Precision {
    Precision(
      id: id, summary: summary, weights: weights, activations: activations, kvCache: kvCache,
      arithmetic: arithmetic, assumptions: assumptions)
  }
}
