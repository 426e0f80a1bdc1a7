import Kernels
public import TransformerModels

/// A matrix and the bias that may belong to it.
struct Linear {
  let matrix: PackedMatrix
  let bias: [Float]?
}

/// The gain and the bias of a norm; both may be absent.
struct Norm {
  let gain: [Float]?
  let bias: [Float]?
}

/// The weights of one block, by role.
struct LayerWeights {
  let shape: TransformerLayer
  let linears: [TensorRole: Linear]
  let norms: [TensorRole: Norm]
  /// Experts of a mixture, by role.
  let experts: [TensorRole: [Linear]]
}

/// The packed weights of a model, with what else running it needs.
public final class ModelWeights {
  /// The shapes.
  public let shapes: TransformerModel
  /// Constants and functions.
  public let rules: NumericRules
  /// Bytes of packed matrices.
  public let packedBytes: Int

  let source: any WeightSource
  let layers: [LayerWeights]
  let outer: [TensorRole: Linear]
  let outerNorms: [TensorRole: Norm]
  let head: Linear
  /// The token embedding and, where positions are learned, theirs.
  let embeddings: [TensorRole: TensorSpec]

  /// Packs all weights.
  ///
  /// - Parameters:
  ///   - shapes: The model.
  ///   - rules: Constants and functions.
  ///   - source: Where weights come from.
  ///   - progress: Called before each layer with its number and their count.
  /// - Throws: `ModelError` for a model that cannot be run, and what `source` throws.
  public init(
    _ shapes: TransformerModel, rules: NumericRules, source: any WeightSource,
    progress: (_ layer: Int, _ count: Int) -> Void = { _, _ in }
  ) throws(ModelError) {
    try Self.check(shapes)
    self.shapes = shapes
    self.rules = rules
    self.source = source
    var layers: [LayerWeights] = []
    for index in 0..<shapes.layerCount {
      progress(index, shapes.layerCount)
      layers.append(try Self.layer(index, shapes, source))
    }
    self.layers = layers
    var outer: [TensorRole: Linear] = [:]
    var norms: [TensorRole: Norm] = [:]
    var embeddings: [TensorRole: TensorSpec] = [:]
    for spec in shapes.outerTensors {
      if spec.role.part == .embedding, spec.role != .embeddingProjectionIn {
        embeddings[spec.role] = spec
      } else if spec.isVector {
        norms[spec.role] = try Self.norm(spec, nil, source)
      } else {
        outer[spec.role] = try Self.linear(spec, nil, 0, source)
      }
    }
    self.outer = outer
    outerNorms = norms
    self.embeddings = embeddings
    if let own = outer[.outputHead] {
      head = own
    } else if let spec = embeddings[.tokenEmbedding] {
      head = try Self.linear(spec, nil, 0, source)
    } else {
      throw ModelError(file: shapes.id, problem: "has no output head")
    }
    var bytes = head.matrix.bytes
    for (role, linear) in outer where role != .outputHead { bytes += linear.matrix.bytes }
    for layer in layers {
      for linear in layer.linears.values { bytes += linear.matrix.bytes }
      for expert in layer.experts.values.joined() { bytes += expert.matrix.bytes }
    }
    packedBytes = bytes
  }

  private static func layer(
    _ index: Int, _ shapes: TransformerModel, _ source: any WeightSource
  ) throws(ModelError) -> LayerWeights {
    let shape = shapes.layer(at: index)
    var linears: [TensorRole: Linear] = [:]
    var norms: [TensorRole: Norm] = [:]
    var experts: [TensorRole: [Linear]] = [:]
    for spec in shape.tensors(width: shapes.width, norm: shapes.norm) {
      if spec.isVector {
        norms[spec.role] = try norm(spec, index, source)
      } else if spec.role.isRoutedExpert {
        var all: [Linear] = []
        for copy in 0..<spec.copies { all.append(try linear(spec, index, copy, source)) }
        experts[spec.role] = all
      } else {
        linears[spec.role] = try linear(spec, index, 0, source)
      }
    }
    return LayerWeights(shape: shape, linears: linears, norms: norms, experts: experts)
  }

  private static func linear(
    _ spec: TensorSpec, _ layer: Int?, _ copy: Int, _ source: any WeightSource
  ) throws(ModelError) -> Linear {
    Linear(
      matrix: try source.matrix(spec, layer: layer, copy: copy),
      bias: spec.biasElements > 0
        ? try source.vector(spec, layer: layer, isBias: true, copy: copy) : nil)
  }

  private static func norm(
    _ spec: TensorSpec, _ layer: Int?, _ source: any WeightSource
  ) throws(ModelError) -> Norm {
    Norm(
      gain: try source.vector(spec, layer: layer, isBias: false, copy: 0),
      bias: spec.biasElements > 0
        ? try source.vector(spec, layer: layer, isBias: true, copy: 0) : nil)
  }

  /// Refuses what the runner does not compute.
  private static func check(_ shapes: TransformerModel) throws(ModelError) {
    func refuse(_ what: String) -> ModelError {
      ModelError(
        file: shapes.id, problem: "cannot be run: \(what); 'ridgeline predict' still prices it")
    }
    if shapes.embedding.projectedFrom != nil { throw refuse("its embedding is projected") }
    if !shapes.embedding.rotatesQueriesAndKeys, shapes.embedding.positionRows == 0 {
      throw refuse("its positions are biases of scores (ALiBi)")
    }
    for run in shapes.layers {
      let attention = run.layer.attention
      if attention.latent != nil { throw refuse("its attention is latent") }
      if attention.hasSinks { throw refuse("its attention has sinks") }
    }
  }
}
