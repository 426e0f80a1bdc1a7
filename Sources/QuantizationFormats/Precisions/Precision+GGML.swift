extension Precision {
  /// A file type of llama.cpp.
  public static func ggml(_ mix: GGMLMix) -> Precision {
    Precision(
      id: mix.id, summary: summary(of: mix), weights: .ggml(mix), activations: activations(of: mix),
      kvCache: .float16, arithmetic: arithmetic(of: mix), assumptions: assumptions(about: mix))
  }

  private static func summary(of mix: GGMLMix) -> String {
    if mix.isQuantized { return "llama.cpp file type, mostly \(mix.base.id): \(mix.base.summary)" }
    return mix == .f32 ? mix.base.summary : "\(mix.base.summary); vectors f32, as in a GGUF file"
  }

  private static func arithmetic(of mix: GGMLMix) -> Arithmetic {
    switch mix {
    case .f32: .float32
    case .f16: .float16
    case .bf16: .bfloat16
    default: .ggml
    }
  }

  /// ggml quantizes an activation row in the blocks of the format that meets the weights: Q8_0 or
  /// Q8_1 (32), or Q8_K for superblocks.
  private static func activations(of mix: GGMLMix) -> ActivationScheme {
    switch mix {
    case .f32: return .float32
    case .f16: return .float16
    case .bf16: return .bfloat16
    default: break
    }
    let block = mix.base.layout.weightsPerBlock == 256 ? 256 : 32
    return ActivationScheme(
      storedBits: 16, multipliedBits: 8, quantization: "dynamic per block of \(block)")
  }

  private static func assumptions(about mix: GGMLMix) -> [String] {
    switch mix {
    case .mxfp4:
      [
        "Routed experts are MXFP4 and all other matrices Q8_0, as llama.cpp's MXFP4_MOE has it.",
        "A dense model has no experts; all matrices of its blocks are taken as MXFP4 instead.",
      ]
    case .nvfp4: ["The output head is Q6_K, by llama.cpp's general rule; other matrices are NVFP4."]
    case .iq4_nl, .iq4_xs:
      ["No importance matrix: the first eighth of the down-projections is Q5_K."]
    case .f32, .f16, .bf16, .q8_0: []
    default: ["Matrices get the formats that llama-quantize gives them by default."]
    }
  }
}
