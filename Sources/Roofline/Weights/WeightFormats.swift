public import QuantizationFormats
public import TransformerModels
public import Units

extension WeightScheme {
  /// The format of a matrix or vector; `layer` counts from 0 and is `nil` outside the blocks.
  public func format(
    for spec: TensorSpec, layer: Int?, in model: TransformerModel
  ) -> StorageFormat {
    switch self {
    case .everyTensor(let format): format
    case .linearLayers(let format, let rest):
      spec.role.isBlockLinear && !spec.role.isRouter ? format : rest
    case .routedExperts(let format, let rest): spec.role.isRoutedExpert ? format : rest
    case .ggml(let mix): mix.format(for: spec, layer: layer, in: model)
    }
  }

  /// The format of the bias that belongs to a tensor.
  public func biasFormat(
    for spec: TensorSpec, layer: Int?, in model: TransformerModel
  ) -> StorageFormat {
    switch self {
    case .everyTensor(let format): format
    case .linearLayers(_, let rest), .routedExperts(_, let rest): rest
    case .ggml: .f32
    }
  }

  /// The size of a tensor with its bias, all copies together.
  public func bytes(of spec: TensorSpec, layer: Int?, in model: TransformerModel) -> Bytes {
    let one = format(for: spec, layer: layer, in: model)
      .bytes(rows: spec.rows, columns: spec.columns)
    let bias = biasFormat(for: spec, layer: layer, in: model)
      .bytes(rows: 1, columns: spec.biasElements)
    return (one + bias) * Double(spec.copies)
  }

  /// The size of all weights of a model; a tied output head counts once.
  public func bytes(of model: TransformerModel) -> Bytes {
    var total = model.outerTensors.reduce(Bytes.zero) {
      $0 + bytes(of: $1, layer: nil, in: model)
    }
    var layer = 0
    for run in model.layers {
      let tensors = run.layer.tensors(width: model.width, norm: model.norm)
      for index in layer..<(layer + run.count) {
        for spec in tensors { total += bytes(of: spec, layer: index, in: model) }
      }
      layer += run.count
    }
    return total
  }
}

extension TensorRole {
  /// Whether the tensor picks or weighs experts; schemes leave these small matrices alone.
  fileprivate var isRouter: Bool { self == .router || self == .sharedExpertRouter }
}
