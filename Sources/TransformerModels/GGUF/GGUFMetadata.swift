/// The metadata of a GGUF model, by the keys of its architecture.
struct GGUFMetadata {
  let keys: [String]
  let values: [String: GGUFValue]
  let architecture: String

  init(_ header: GGUFHeader) {
    keys = header.keys
    values = header.values
    architecture = values["general.architecture"]?.description ?? "unknown"
  }

  /// The value of `<architecture>.<key>`.
  subscript(key: String) -> GGUFValue? { values["\(architecture).\(key)"] }

  /// A count that is the same for all layers.
  func count(_ key: String) -> Int? { Self.plausible(self[key]) }

  /// A count that may be a list with one entry per layer.
  func count(_ key: String, layer: Int) -> Int? {
    guard case .list(let perLayer) = self[key] else { return count(key) }
    return layer < perLayer.count ? Self.plausible(perLayer[layer]) : nil
  }

  private static func plausible(_ value: GGUFValue?) -> Int? {
    guard let number = value?.integer, (0...ModelLimits.positions).contains(number) else {
      return nil
    }
    return number
  }

  /// What is worth showing, in file order, without the tokenizer's lists.
  var facts: [(name: String, value: String)] {
    keys.compactMap { key in
      guard Self.isShown(key) || key.hasPrefix(architecture + "."), let value = values[key] else {
        return nil
      }
      return (key, value.description)
    }
  }

  private static func isShown(_ key: String) -> Bool {
    [
      "general.architecture", "general.name", "general.file_type", "general.size_label",
      "general.license", "general.quantization_version", "tokenizer.ggml.model", "split.count",
    ].contains(key)
  }
}
