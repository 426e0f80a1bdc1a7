public import QuantizationFormats
public import TransformerModels
public import Units

/// What running a model with this project's own kernels keeps in memory, beside the program itself.
///
/// The plan of a model prices what every engine must hold. This runner holds a little more, because
/// matrices have whole panels of 16 rows and caches whole blocks of 32 tokens, and sometimes less:
/// rows of an embedding that is not also the head stay in the file.
public struct RunnerFootprint: Hashable, Sendable {
  /// Packed matrices, vectors of norms and biases.
  public let weights: Bytes
  /// Keys and values of full caches.
  public let cache: Bytes
  /// The activations of the largest pass.
  public let activations: Bytes

  /// All of them.
  public var total: Bytes { weights + cache + activations }

  /// The footprint of `model`.
  ///
  /// - Parameters:
  ///   - model: The shapes.
  ///   - cache: How keys and values are stored.
  ///   - sequences: Sequences that run together, B.
  ///   - capacity: The most tokens of a sequence.
  ///   - chunk: The most tokens of a sequence that pass together.
  ///   - format: How a tensor is stored.
  public init(
    _ model: TransformerModel, cache: KVCacheFormat, sequences: Int, capacity: Int, chunk: Int,
    format: (TensorSpec, _ layer: Int?) -> StorageFormat
  ) {
    var bytes = 0.0
    var largestInput = 0.0
    for (spec, layer) in model.tensorsInOrder {
      bytes += 4 * Double(spec.biasElements * spec.copies)
      if spec.isVector {
        bytes += 4 * Double(spec.columns)
      } else if spec.role != .positionEmbedding,
        spec.role != .tokenEmbedding || model.embedding.isTied
      {
        let format = format(spec, layer)
        let rows = (spec.rows + 15) / 16 * 16
        bytes += format.bytes(rows: rows, columns: spec.columns).count * Double(spec.copies)
        largestInput = max(largestInput, Double(spec.columns) * Self.bytesOfInput(to: format))
      }
    }
    weights = Bytes(bytes)
    let tokens = sequences * ((capacity + 31) / 32 * 32)
    self.cache = model.layers.reduce(.zero) { sum, run in
      let attention = run.layer.attention
      let heads = tokens * attention.keyValueHeads
      let both =
        cache.key.bytes(rows: heads, columns: attention.headDim)
        + cache.value.bytes(rows: heads, columns: attention.valueHeadDim)
      return sum + Bytes(Double(run.count) * both.count)
    }
    let perPass = Double(sequences * max(1, min(chunk, capacity)))
    let widest = model.layers.map { Self.floatsPerToken($0.layer, model) }.max() ?? 0
    let logits = 4 * Double(sequences * model.embedding.vocabularyRows)
    activations = Bytes(perPass * (4 * widest + largestInput) + logits)
  }

  /// Numbers in f32 that a token has in the buffers of a block: the residual stream, its norm, the
  /// block's output and a copy; queries, keys, values and what attention makes of them; both halves of a
  /// gated network.
  private static func floatsPerToken(_ layer: TransformerLayer, _ model: TransformerModel) -> Double
  {
    let attention = layer.attention
    let heads =
      (attention.heads + attention.keyValueHeads)
      * (attention.headDim + attention.valueHeadDim)
    let (hidden, _) = layer.feedForward.hiddenElementsPerToken
    return Double(4 * model.width + heads) + 2 * hidden
  }

  /// Bytes of an activation as the kernels of `format` store it: floats, or 8 bits with scales and sums.
  private static func bytesOfInput(to format: StorageFormat) -> Double {
    format.layout.bitsPerWeight >= 16 ? 4 : 1.375
  }
}

extension TransformerModel {
  /// All tensors, those outside of layers first, with the layers that they belong to.
  var tensorsInOrder: [(TensorSpec, Int?)] {
    var all: [(TensorSpec, Int?)] = outerTensors.map { ($0, nil) }
    for index in 0..<layerCount {
      all += layer(at: index).tensors(width: width, norm: norm).map { ($0, index) }
    }
    return all
  }
}
