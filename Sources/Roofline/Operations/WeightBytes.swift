public import QuantizationFormats
public import TransformerModels
import Units

/// How many bytes each tensor of a model takes: by a precision's rules, or exactly as a file says.
public enum WeightSource: Sendable {
  /// By the rules of a precision.
  case precision(WeightScheme)
  /// As a model file stores them.
  case file(StoredWeights)

  /// Bytes of the matrix or vector, all copies together, and of its bias.
  func bytes(of spec: TensorSpec, layer: Int?, in model: TransformerModel) -> Double {
    switch self {
    case .precision(let scheme):
      return scheme.bytes(of: spec, layer: layer, in: model).count
    case .file(let weights):
      return weights.bytes(of: spec.role, layer: layer)
    }
  }
}

/// The bytes of each role and layer in a model file.
public struct StoredWeights: Sendable {
  private struct Slot: Hashable {
    let role: TensorRole
    let layer: Int?
  }

  private let bytesBySlot: [Slot: Double]
  /// Bytes of tensors whose role is not known; they take memory but are not read.
  let unknownBytes: Double

  /// Sorts the tensors of `file` by role and layer; a fused tensor is shared out by the sizes that
  /// `model` gives its parts.
  public init(_ tensors: [StoredTensor], model: TransformerModel) {
    var bytes: [Slot: Double] = [:]
    var unknown = 0.0
    for tensor in tensors {
      guard !tensor.roles.isEmpty else {
        unknown += Double(tensor.bytes)
        continue
      }
      let sizes = Self.sizes(of: tensor.roles, layer: tensor.layer, in: model)
      let total = sizes.reduce(0, +)
      for (role, size) in zip(tensor.roles, sizes) {
        let share = total > 0 ? size / total : 1 / Double(sizes.count)
        bytes[Slot(role: role, layer: tensor.layer), default: 0] += Double(tensor.bytes) * share
      }
    }
    bytesBySlot = bytes
    unknownBytes = unknown
  }

  func bytes(of role: TensorRole, layer: Int?) -> Double {
    bytesBySlot[Slot(role: role, layer: layer)] ?? 0
  }

  private static func sizes(
    of roles: [TensorRole], layer: Int?, in model: TransformerModel
  ) -> [Double] {
    guard roles.count > 1 else { return [1] }
    let isKnownLayer = layer.map { $0 < model.layerCount } ?? false
    let specs =
      isKnownLayer
      ? model.layer(at: layer ?? 0).tensors(width: model.width, norm: model.norm)
      : model.outerTensors
    return roles.map { role in
      Double(specs.first { $0.role == role }?.elements ?? 0)
    }
  }
}
