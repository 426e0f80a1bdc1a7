public import Kernels

/// What a model computes beyond its shapes: constants and functions that cost does not depend on.
public struct NumericRules: Hashable, Sendable {
  /// Rotary positions, of Su and others 2021.
  public struct Rotation: Hashable, Sendable {
    /// The base of the angles' geometric series.
    public var base: Double
    /// Numbers of a head that are turned, an even number; `nil` for all.
    public var dimensions: Int?
    /// Whether pairs are neighbours (GPT-J, llama files) or half of the numbers apart (GPT-NeoX).
    public var isInterleaved: Bool
    /// How positions beyond the trained ones are reached.
    public var scaling: Scaling

    /// Describes rotary positions.
    public init(
      base: Double, dimensions: Int? = nil, isInterleaved: Bool, scaling: Scaling = .none
    ) {
      self.base = base
      self.dimensions = dimensions
      self.isInterleaved = isInterleaved
      self.scaling = scaling
    }
  }

  /// How positions beyond the trained ones are reached.
  public enum Scaling: Hashable, Sendable {
    case none
    /// All angles are divided by a factor.
    case linear(factor: Double)
    /// Slow angles are divided by a factor, fast ones kept: Peng and others 2023.
    case yarn(factor: Double, originalPositions: Double)
    /// Each angle is divided by its own factor (Llama 3).
    case factors([Float])
  }

  /// How a router's logits become the weights of the chosen experts.
  public enum Routing: Hashable, Sendable {
    /// Softmax over the chosen ones (Mixtral, Qwen3).
    case softmaxOfChosen
    /// Softmax over all, of which the chosen ones keep their share (Qwen2).
    case softmaxOfAll
  }

  /// What is added to a variance before its root is taken.
  public var normEpsilon: Float
  /// The function of the feed-forward network.
  public var nonlinearity: RowOperations.Nonlinearity
  /// Rotary positions; `nil` without.
  public var rotation: Rotation?
  /// Rotary positions of layers with a window, where they differ (Gemma 3).
  public var windowRotation: Rotation?
  /// What embeddings are multiplied with.
  public var embeddingScale: Float
  /// What query-key products are multiplied with; `nil` for 1 / sqrt(head width).
  public var attentionScale: Float?
  /// The bound of scores by tanh; `nil` for none.
  public var attentionCap: Float?
  /// The bound of logits by tanh; `nil` for none.
  public var logitCap: Float?
  /// The row of the learned position embedding that belongs to the first token.
  public var firstPositionRow: Int
  /// How routers weigh experts.
  public var routing: Routing

  /// Describes a model; the defaults are those of Llama 2.
  public init(
    normEpsilon: Float = 1e-5, nonlinearity: RowOperations.Nonlinearity = .silu,
    rotation: Rotation? = Rotation(base: 10_000, isInterleaved: true),
    windowRotation: Rotation? = nil, embeddingScale: Float = 1, attentionScale: Float? = nil,
    attentionCap: Float? = nil, logitCap: Float? = nil, firstPositionRow: Int = 0,
    routing: Routing = .softmaxOfChosen
  ) {
    self.normEpsilon = normEpsilon
    self.nonlinearity = nonlinearity
    self.rotation = rotation
    self.windowRotation = windowRotation
    self.embeddingScale = embeddingScale
    self.attentionScale = attentionScale
    self.attentionCap = attentionCap
    self.logitCap = logitCap
    self.firstPositionRow = firstPositionRow
    self.routing = routing
  }

  /// The rotation of a layer with or without a window.
  func rotation(hasWindow: Bool) -> Rotation? {
    hasWindow ? windowRotation ?? rotation : rotation
  }
}
