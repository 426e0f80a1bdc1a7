// The arithmetic of papers: so many bits for weights, activations and KV cache.

extension Precision {
  /// Every parameter in one format, embeddings included, 16-bit activations and KV cache.
  static func everyParameter(
    _ id: String, _ format: StorageFormat, _ arithmetic: Arithmetic = .halfFloat,
    activations: ActivationScheme = .float16
  ) -> Precision {
    Precision(
      id: id, summary: "every parameter \(format.id): \(format.summary)",
      weights: .everyTensor(format), activations: activations, kvCache: .float16,
      arithmetic: arithmetic, assumptions: [nominalAssumption])
  }

  /// 8-bit floating point for weights and products.
  static let float8 = everyParameter(
    "fp8", .fp8, .float8,
    activations: ActivationScheme(
      storedBits: 16, multipliedBits: 8, quantization: "dynamic per tensor", kind: .floatingPoint))

  /// `w4a8kv4` and the like; with `group`, only the linear layers of the blocks are quantized.
  static func general(weights: Int, activations: Int, cache: Int?, group: Int?) -> Precision {
    let id =
      "w\(weights)a\(activations)" + (cache.map { "kv\($0)" } ?? "")
      + (group.map { "-g\($0)" } ?? "")
    let scheme: WeightScheme =
      if let group {
        .linearLayers(.integer(bits: weights, group: group), rest: .f16)
      } else {
        .everyTensor(nominal(bits: weights))
      }
    return Precision(
      id: id,
      summary: "\(weights)-bit weights" + (group.map { " in groups of \($0)" } ?? "")
        + ", \(activations)-bit activations, \(cache ?? 16)-bit KV cache",
      weights: scheme, activations: nominalActivations(activations, weights: weights),
      kvCache: .nominal(bits: cache ?? 16),
      arithmetic: arithmetic(weights: weights, activations: activations),
      assumptions: assumptions(weights: weights, activations: activations, group: group))
  }

  private static let nominalAssumption =
    "Every parameter counts at its nominal bits, embeddings included, without scales."

  private static func nominal(bits: Int) -> StorageFormat {
    switch bits {
    case 16: .f16
    case 32: .f32
    default: .integer(bits: bits)
    }
  }

  private static func nominalActivations(_ bits: Int, weights: Int) -> ActivationScheme {
    switch bits {
    case 32: .float32
    case 16: .float16
    default:
      ActivationScheme(
        storedBits: bits, multipliedBits: multipliedBits(weights: weights, activations: bits),
        quantization: "per token",
        kind: weights > 8 ? .floatingPoint : .integer)
    }
  }

  private static func assumptions(weights: Int, activations: Int, group: Int?) -> [String] {
    var sentences = [
      group == nil
        ? nominalAssumption
        : "Embeddings, output head, norms and biases stay f16; groups have an f16 scale and a "
          + "\(weights)-bit zero."
    ]
    if activations < 16 {
      let bits = multipliedBits(weights: weights, activations: activations)
      sentences.append(
        weights > 8
          ? "Weights of more than 8 bits meet activations in 16-bit floating point."
          : "Products are int\(bits), the narrowest integers that hold both operands.")
    }
    return sentences
  }
}

extension Precision {
  /// The arithmetic that fits weights and activations of so many bits.
  static func arithmetic(weights: Int, activations: Int) -> Arithmetic {
    if activations == 32 { return .float32 }
    if activations > 8 || weights > 8 { return .halfFloat }
    return max(activations, weights) <= 4 ? .integer4 : .integer8
  }

  /// The width of the operands that the arithmetic takes.
  static func multipliedBits(weights: Int, activations: Int) -> Int {
    switch arithmetic(weights: weights, activations: activations) {
    case .integer4: 4
    case .integer8: 8
    case .float32: 32
    default: 16
    }
  }
}
