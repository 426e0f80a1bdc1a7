/// The shapes of a decoder-only transformer: all that cost depends on.
public struct TransformerModel: Hashable, Sendable, Identifiable {
  /// The identifier: `llama-2-7b`, or a name derived from a file.
  public var id: String
  /// The name as its authors write it.
  public var name: String
  /// The family, such as `Llama-2`.
  public var family: String
  /// The model width, d.
  public var width: Int
  /// What is before and after the blocks.
  public var embedding: Embedding
  /// The kind of all norms.
  public var norm: NormKind
  /// Whether a norm follows the last block.
  public var hasFinalNorm: Bool
  /// The longest context the model was made for, in tokens; `nil` if unknown.
  public var maximumPositions: Int?
  /// Runs of identical layers, first to last; local and global layers may alternate run by run.
  public var layers: [LayerRun]

  /// Describes a model.
  public init(
    id: String, name: String, family: String, width: Int, embedding: Embedding, norm: NormKind,
    hasFinalNorm: Bool = true, maximumPositions: Int? = nil, layers: [LayerRun]
  ) {
    self.id = id
    self.name = name
    self.family = family
    self.width = width
    self.embedding = embedding
    self.norm = norm
    self.hasFinalNorm = hasFinalNorm
    self.maximumPositions = maximumPositions
    self.layers = layers
  }

  /// The number of layers.
  public var layerCount: Int { layers.reduce(0) { $0 + $1.count } }

  /// The layer at `index`, counted from 0; `index` must be below `layerCount`.
  public func layer(at index: Int) -> TransformerLayer {
    var first = 0
    for run in layers {
      first += run.count
      if index < first { return run.layer }
    }
    preconditionFailure("layer \(index) of \(layerCount)")
  }
}

/// A number of identical consecutive layers.
public struct LayerRun: Hashable, Sendable {
  /// How many layers.
  public var count: Int
  /// What each of them is.
  public var layer: TransformerLayer

  /// Describes `count` layers alike.
  public init(count: Int, layer: TransformerLayer) {
    self.count = count
    self.layer = layer
  }

  /// The runs that `layers`, first to last, are made of.
  static func runs(of layers: [TransformerLayer]) -> [LayerRun] {
    layers.reduce(into: []) { runs, layer in
      if runs.last?.layer == layer {
        runs[runs.count - 1].count += 1
      } else {
        runs.append(LayerRun(count: 1, layer: layer))
      }
    }
  }
}

/// One transformer block.
public struct TransformerLayer: Hashable, Sendable {
  /// The attention.
  public var attention: Attention
  /// The feed-forward network.
  public var feedForward: FeedForward
  /// The norms of width d in the block, each one of the roles `attentionNorm`,
  /// `attentionPostNorm`, `feedForwardNorm`, `feedForwardPostNorm`.
  public var norms: [TensorRole]
  /// Whether attention and feed-forward network read the same input (GPT-J, NeoX, Falcon, Phi).
  public var isParallel: Bool

  /// Describes a block; by default with a norm before each half.
  public init(
    attention: Attention, feedForward: FeedForward,
    norms: [TensorRole] = [.attentionNorm, .feedForwardNorm], isParallel: Bool = false
  ) {
    self.attention = attention
    self.feedForward = feedForward
    self.norms = norms
    self.isParallel = isParallel
  }

  /// The tensors of the block in a model of width `width`.
  public func tensors(width: Int, norm: NormKind) -> [TensorSpec] {
    norms.compactMap { norm.tensor($0, length: width) }
      + attention.tensors(width: width, norm: norm)
      + feedForward.tensors(width: width)
  }
}

/// The kind of a norm, which decides its parameters.
public enum NormKind: String, Hashable, Sendable, CaseIterable {
  /// A gain, no bias.
  case rms
  /// A gain and a bias.
  case layer
  /// LayerNorm that keeps a gain only (MPT).
  case layerWithoutBias = "layer-without-bias"
  /// LayerNorm without parameters (OLMo 1).
  case withoutParameters = "without-parameters"

  /// The tensor of a norm over `length` elements; `nil` where it has no parameters.
  public func tensor(_ role: TensorRole, length: Int) -> TensorSpec? {
    self == .withoutParameters
      ? nil : TensorSpec(vector: role, length: length, hasBias: self == .layer)
  }
}

/// What is before and after the blocks.
public struct Embedding: Hashable, Sendable {
  /// Rows of the token embedding, padding included, V.
  public var vocabularyRows: Int
  /// Whether the output head is the token embedding itself.
  public var isTied: Bool
  /// Rows of a learned position embedding; 0 with rotary or other computed positions.
  public var positionRows: Int
  /// Whether queries and keys are rotated by their position; false with learned positions or ALiBi.
  public var rotatesQueriesAndKeys: Bool
  /// Whether a norm follows the embedding (BLOOM).
  public var hasNorm: Bool
  /// Whether the output head has a bias.
  public var hasHeadBias: Bool
  /// Width of the embedding where it is projected to the model width (OPT-350M); otherwise `nil`.
  public var projectedFrom: Int?

  /// Describes the embedding and head; positions are rotary unless learned or said otherwise.
  public init(
    vocabularyRows: Int, isTied: Bool, positionRows: Int = 0, rotatesQueriesAndKeys: Bool = true,
    hasNorm: Bool = false, hasHeadBias: Bool = false, projectedFrom: Int? = nil
  ) {
    self.vocabularyRows = vocabularyRows
    self.isTied = isTied
    self.positionRows = positionRows
    self.rotatesQueriesAndKeys = rotatesQueriesAndKeys && positionRows == 0
    self.hasNorm = hasNorm
    self.hasHeadBias = hasHeadBias
    self.projectedFrom = projectedFrom
  }
}
