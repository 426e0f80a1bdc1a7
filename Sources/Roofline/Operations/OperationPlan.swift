public import QuantizationFormats
public import TransformerModels
public import Units

/// A model at a precision, ready to be priced on any device for any workload.
///
/// Building it walks every layer once; estimating afterwards only evaluates its templates.
public struct OperationPlan: Sendable {
  /// The shapes.
  public let model: TransformerModel
  /// How numbers are stored and multiplied.
  public let precision: Precision
  /// Groups of layers that are alike in shape and in the bytes of every tensor.
  public let layerGroups: [LayerGroup]
  /// All weights in memory.
  public let weights: Bytes
  /// Weight bytes by what the tensors do.
  public let weightsByRole: [TensorRole: Bytes]
  /// Bytes of stored tensors that no operation reads.
  public let otherWeights: Bytes
  /// All parameters.
  public let parameters: Int
  /// Parameters that one token passes.
  public let activeParameters: Int
  /// Whether the bytes are those of a file rather than of a precision's rules.
  public let isExact: Bool

  let templates: ContiguousArray<OperationTemplate>
  let activationPeaks: [ActivationPeak]
  /// Layers that are alike in shape and in the bytes of every tensor.
  public struct LayerGroup: Sendable {
    /// The shape.
    public let layer: TransformerLayer
    /// Which layers, counted from 0, ascending.
    public let indices: [Int]
    /// Weight bytes of one of them.
    public let weightBytesPerLayer: Double
  }

  /// Prices `model` at `precision`; with `file` the bytes are exactly those stored.
  public init(model: TransformerModel, precision: Precision, file: ModelFile? = nil) {
    let source =
      file.map { WeightSource.file(StoredWeights($0.tensors, model: model)) }
      ?? .precision(precision.weights)
    var builder = OperationPlanBuilder(model: model, precision: precision, source: source)
    builder.build()
    self.model = model
    self.precision = precision
    layerGroups = builder.groups
    templates = builder.templates
    activationPeaks = builder.activationPeaks
    weightsByRole = builder.bytesByRole.mapValues { Bytes($0) }
    otherWeights = Bytes(builder.otherBytes)
    // Summed in a fixed order, so that equal inputs give equal bits.
    weights = Bytes(
      TensorRole.allCases.reduce(builder.otherBytes) { $0 + (builder.bytesByRole[$1] ?? 0) })
    parameters = model.parameters
    activeParameters = model.activeParameters
    isExact = file != nil
  }

  /// What the operations do, in the order of execution; layers that are alike count once.
  public var operationKinds: [OperationKind] { templates.map(\.kind) }

  /// Weight bits per parameter, everything included that the format stores.
  public var weightBitsPerParameter: Double { weights.count * 8 / Double(parameters) }

  /// Weight bytes of one part of the model.
  public func weights(of part: TensorRole.Part) -> Bytes {
    let bytes = TensorRole.allCases.filter { $0.part == part }
      .reduce(Bytes.zero) { $0 + (weightsByRole[$1] ?? .zero) }
    return part == .other ? bytes + otherWeights : bytes
  }

  /// Bytes of keys and values that `tokens` tokens of one sequence keep, windows considered.
  public func cacheBytes(tokens: Int) -> Bytes {
    var bytes = 0.0
    for template in templates where template.writesCache {
      let kept = min(Double(tokens), template.window)
      bytes += repeats(of: template) * template.cacheBytesPerToken * kept
    }
    return Bytes(bytes)
  }

  /// Bytes of keys and values that one more token adds before any window forgets it.
  public var cacheBytesPerToken: Bytes { cacheBytes(tokens: 1) }

  /// Whether any layer forgets tokens outside a window.
  public var hasWindow: Bool { templates.contains { $0.writesCache && $0.window.isFinite } }

  /// Whether the experts that a pass reads depend on the batch.
  var hasRoutedExperts: Bool { templates.contains { $0.experts > 0 } }

  /// How many layers `template` stands for.
  @inline(__always)
  func repeats(of template: OperationTemplate) -> Double {
    template.group.map { Double(layerGroups[$0].indices.count) } ?? 1
  }

  /// The largest set of activations alive together, in bytes, for a pass over `tokens` tokens in
  /// `sequences` sequences.
  func peakActivations(tokens: Double, sequences: Double) -> Bytes {
    Bytes(
      activationPeaks.reduce(0) { peak, live in
        max(peak, live.bytesPerToken * tokens + live.bytesPerSequence * sequences)
      })
  }
}

/// Activations alive during one operation, as a linear function of the workload.
struct ActivationPeak: Hashable, Sendable {
  var bytesPerToken: Double
  var bytesPerSequence: Double
}
