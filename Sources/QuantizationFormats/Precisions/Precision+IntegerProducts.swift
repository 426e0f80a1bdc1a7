// Schemes that also quantize activations and multiply integers.

extension Precision {
  /// LLM.int8(): rows of int8 weights, tokens of int8 activations, outlier columns in f16.
  static let llmInt8 = Precision(
    id: "llm-int8", summary: "LLM.int8(): linear layers int8 per row, outlier columns in f16",
    weights: .linearLayers(.int8RowMaximum, rest: .f16),
    activations: ActivationScheme(
      storedBits: 16, multipliedBits: 8, quantization: "dynamic per token"),
    kvCache: .float16, arithmetic: .integer8,
    assumptions: [
      "All products count as int8; the outlier columns, some 0.1 %, are really multiplied in f16."
    ])

  /// How SmoothQuant scales activations; its weights are int8 per tensor in all three.
  enum SmoothQuantLevel: Int, CaseIterable {
    case o1 = 1, o2, o3

    var activations: ActivationScheme {
      switch self {
      case .o1:
        ActivationScheme(storedBits: 16, multipliedBits: 8, quantization: "dynamic per token")
      case .o2:
        ActivationScheme(storedBits: 16, multipliedBits: 8, quantization: "dynamic per tensor")
      case .o3:
        ActivationScheme(storedBits: 8, multipliedBits: 8, quantization: "static per tensor")
      }
    }
  }

  /// SmoothQuant's W8A8.
  static func smoothquant(_ level: SmoothQuantLevel) -> Precision {
    Precision(
      id: "smoothquant-o\(level.rawValue)",
      summary:
        "SmoothQuant-O\(level.rawValue): W8A8, activations \(level.activations.quantization)",
      weights: .linearLayers(.integerPerTensor(bits: 8), rest: .f16),
      activations: level.activations, kvCache: KVCacheFormat(.integer(bits: 8)),
      arithmetic: .integer8,
      assumptions: ["Keys and values are cached as int8 with one static scale per tensor."])
  }

  /// OmniQuant with `bits`-bit weights and activations.
  static func omniquant(bits: Int) -> Precision {
    Precision(
      id: "omniquant-w\(bits)a\(bits)",
      summary: "OmniQuant: weights per channel and activations per token at \(bits) bits",
      weights: .linearLayers(.integerPerChannel(bits: bits, zeroBits: 16), rest: .f16),
      activations: ActivationScheme(
        storedBits: 16, multipliedBits: multipliedBits(weights: bits, activations: bits),
        quantization: "dynamic per token"),
      kvCache: .nominal(bits: bits), arithmetic: arithmetic(weights: bits, activations: bits),
      assumptions: [
        "Queries, keys and values are quantized too: the KV cache has \(bits)-bit codes, their "
          + "scales not counted.",
        "OmniQuant's repository only simulates this; the estimate supposes real integer kernels.",
      ])
  }

  /// RPTQ; `quantizesOnlyCache` is its `kv` notation, where linear inputs stay 16 bits.
  static func rptq(weights: Int, activations: Int, quantizesOnlyCache: Bool) -> Precision {
    let isInteger = activations < 16 && !quantizesOnlyCache
    var assumptions = [
      "32 clusters of input channels, each with an f16 scale and zero per output row.",
      "RPTQ's repository only simulates this; the estimate supposes real kernels.",
    ]
    if isInteger && activations < 8 {
      assumptions.append("Outputs of LayerNorm and softmax have 8 bits, which RPTQ keeps.")
    }
    return Precision(
      id: "rptq-w\(weights)a\(activations)" + (quantizesOnlyCache ? "kv" : ""),
      summary: "RPTQ: \(weights)-bit weights per cluster, "
        + (isInteger ? "\(activations)-bit activations" : "16-bit activations")
        + ", \(min(16, activations))-bit KV cache",
      weights: .linearLayers(.integerPerCluster(bits: weights, clusters: 32), rest: .f16),
      activations: isInteger
        ? ActivationScheme(
          storedBits: 8,
          multipliedBits: multipliedBits(weights: weights, activations: activations),
          quantization: "static per cluster")
        : .float16,
      kvCache: (3...4).contains(activations)
        ? KVCacheFormat(.clusteredCache(bits: activations)) : .nominal(bits: activations),
      arithmetic: isInteger
        ? arithmetic(weights: weights, activations: activations) : .halfFloat,
      assumptions: assumptions)
  }
}
