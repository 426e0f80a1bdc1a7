/// Why no shapes could be derived from a file: a sentence with the remedy.
struct Obstacle: Error {
  let sentence: String

  init(_ problem: String) {
    sentence = problem + "; name a catalog model or its config.json with --model instead"
  }
}

/// The tensors of one block, or of what surrounds the blocks, by role.
struct GGUFBlock {
  /// Where the tensors are, for messages: "layer 3".
  let place: String
  let tensors: [StoredTensor]
  private var weights: [TensorRole: StoredTensor] = [:]
  private var biases: Set<TensorRole> = []

  init(_ tensors: [StoredTensor], place: String) {
    self.place = place
    self.tensors = tensors
    for tensor in tensors where GGUFTensorName(tensor.name).part != .scale {
      for role in tensor.roles {
        if tensor.isBias {
          biases.insert(role)
        } else if weights[role] == nil {
          weights[role] = tensor
        }
      }
    }
  }

  /// The matrix or gain of `role`; the first of several, as old files have one per expert.
  subscript(role: TensorRole) -> StoredTensor? { weights[role] }

  func has(_ role: TensorRole) -> Bool { weights[role] != nil }
  func hasBias(_ role: TensorRole) -> Bool { biases.contains(role) }

  /// The matrix of `role`, which the block must have.
  func matrix(_ role: TensorRole) throws(Obstacle) -> StoredTensor {
    guard let tensor = weights[role] else {
      throw Obstacle("\(place) has no \(role.rawValue) matrix that this reader knows")
    }
    return tensor
  }

  /// Elements of the tensors whose role is known, scales apart.
  var modelledElements: Int {
    tensors.reduce(0) { sum, tensor in
      tensor.roles.isEmpty || GGUFTensorName(tensor.name).part == .scale
        ? sum : sum + tensor.elements
    }
  }
}

extension StoredTensor {
  /// Input features of a matrix, innermost in the file.
  var columns: Int { shape.last ?? 1 }
  /// Output features of a matrix, of one expert where experts are fused.
  var rows: Int { shape.count > 1 ? shape[shape.count - 2] : 1 }

  /// The same tensor with other roles.
  func with(roles: [TensorRole]) -> StoredTensor {
    StoredTensor(
      name: name, roles: roles, isBias: isBias, layer: layer, shape: shape, format: format,
      elements: elements, bytes: bytes, place: place)
  }
}

/// `whole / part` where that is a whole, positive number.
func quotient(_ whole: Int, _ part: Int) -> Int? {
  part > 0 && whole > 0 && whole.isMultiple(of: part) ? whole / part : nil
}
