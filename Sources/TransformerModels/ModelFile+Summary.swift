public import QuantizationFormats

extension ModelFile {
  /// What the tensors of one kind take together.
  public struct Share<Kind: Hashable & Sendable>: Hashable, Sendable {
    /// What they have in common.
    public let kind: Kind
    /// How many they are.
    public var tensors: Int
    /// The elements that they store; of packed codes, the words and not the weights.
    public var elements: Int
    /// The bytes that they take.
    public var bytes: Int
  }

  /// The tensors by part of the model, in the order of `TensorRole.Part`; absent parts are left out.
  public var shareOfParts: [Share<TensorRole.Part>] {
    let shares = shares { $0.part }
    return TensorRole.Part.allCases.compactMap { part in shares.first { $0.kind == part } }
  }

  /// The tensors by storage format, largest first.
  public var shareOfFormats: [Share<StorageFormat>] {
    shares { $0.format }.sorted { $0.bytes > $1.bytes }
  }

  /// The tensors by any kind, in the order in which the kinds first occur.
  public func shares<Kind: Hashable & Sendable>(
    by kind: (StoredTensor) -> Kind
  ) -> [Share<Kind>] {
    var shares: [Share<Kind>] = []
    var places: [Kind: Int] = [:]
    for tensor in tensors {
      let key = kind(tensor)
      let place = places[key] ?? shares.count
      if place == shares.count {
        places[key] = place
        shares.append(Share(kind: key, tensors: 0, elements: 0, bytes: 0))
      }
      shares[place].tensors += 1
      shares[place].elements += tensor.elements
      shares[place].bytes += tensor.bytes
    }
    return shares
  }
}

extension StoredTensor {
  /// Where the tensor belongs in a summary; `other` where its purpose is not known.
  public var part: TensorRole.Part { roles.first?.part ?? .other }
}
