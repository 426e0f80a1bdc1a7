/// What kernels are held to, as shares of a ceiling probed in the same rounds.
enum KernelGoals {
  /// The share of read bandwidth that one token is to reach; `nil` where bits are so few that
  /// unpacking decides.
  static func decode(_ format: String) -> Double? {
    switch format {
    case "q1_0", "tq1_0": nil
    case "q2_0", "q2_k", "q3_k", "tq2_0": 0.85
    case "int4-g128", "nf4", "fp4", "int4-channel", "int6-channel", "int8-rowsum": 0.90
    case "int3-g128", "int2-g128": 0.80
    default: 0.95
    }
  }

  /// The share of the peak of the kernel's unit that 512 tokens are to reach.
  static func prefill(_ format: String) -> Double? {
    switch format {
    case "q8_0", "q4_0", "q4_1", "q4_k", "q5_k", "iq4_nl", "iq4_xs": 0.75
    case "q6_k", "q2_k", "q3_k": 0.68
    case "llm-int8", "int8-rowsum": 0.95
    case "int4-channel", "int6-channel": 0.75
    case "bf16": 0.94
    case "f32": 0.92
    case "int4-g128": 0.82
    case "nf4", "fp4": 0.70
    default: nil
    }
  }

  /// The share of the peak of the kernel's unit that 16 tokens are to reach.
  static func thin(_ format: String) -> Double? {
    switch format {
    case "llm-int8": 0.85
    case "bf16", "f32": 0.78
    case "q4_0", "q4_1", "q5_0", "q5_1", "q8_0", "q4_k", "q5_k", "q6_k", "iq4_nl", "iq4_xs",
      "mxfp4",
      "nvfp4":
      0.60
    default: nil
    }
  }

  /// The share of the 8-bit peak that the execution ports leave where a vector multiplier also does
  /// the float arithmetic, counted in the header of the AVX-512 kernels: a dot product is one
  /// operation, a block's scale two.
  static func portLimit(_ format: String, isa: String) -> Double? {
    guard isa == "avx512vnni" else { return nil }
    return switch format {
    case "q4_0", "q5_0", "q8_0", "iq4_nl", "q1_0", "q2_0": 8.0 / (8 + 2)
    case "mxfp4": 8.0 / (8 + 3)
    case "iq4_xs": 64.0 / (64 + 8 + 1)
    case "q4_1", "q5_1": 64.0 / (64 + 8 + 8 + 1)
    case "q4_k", "q5_k": 64.0 / (64 + 8 + 4 + 3)
    case "q6_k", "nvfp4": 64.0 / (64 + 16 + 1)
    case "q3_k", "tq1_0", "tq2_0": 64.0 / (64 + 3)
    case "q2_k": 64.0 / (64 + 3 + 8 + 2)
    default: nil
    }
  }
}
