/// The family of arithmetic that a precision's matmuls use.
///
/// Weight-only schemes dequantize and multiply in floating point; ggml on CPU and CUDA quantizes
/// activations to int8 on the fly; W8A8 and W4A4 multiply integers.
public enum Arithmetic: String, Hashable, Sendable, CaseIterable {
  /// f32 operands.
  case float32
  /// f16 operands.
  case float16
  /// bf16 operands.
  case bfloat16
  /// Any 16-bit float: fp16 or bf16, whichever unit is faster (weight-only schemes).
  case halfFloat
  /// 8-bit floating-point operands.
  case float8
  /// 4-bit floating-point operands (MXFP4, NVFP4 with activations quantized alike).
  case float4
  /// 8-bit integer operands.
  case integer8
  /// 4-bit integer operands.
  case integer4
  /// ggml's block formats: int8 dot products on CPU, CUDA, HIP and Vulkan, half floats on Metal.
  case ggml

  /// What is multiplied, for people: `int8`, `fp16 or bf16`.
  public var label: String {
    switch self {
    case .float32: "fp32"
    case .float16: "fp16"
    case .bfloat16: "bf16"
    case .halfFloat: "fp16 or bf16"
    case .float8: "fp8"
    case .float4: "fp4"
    case .integer8: "int8"
    case .integer4: "int4, else int8"
    case .ggml: "int8, on Metal fp16"
    }
  }
}
