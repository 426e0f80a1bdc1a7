public import QuantizationFormats

/// What the terms need to know of a precision.
public struct PrecisionTraits: Sendable {
  /// The identifier, for constants of one format.
  let id: String
  /// How its weights are unpacked.
  let kernel: Kernel

  /// Ways of unpacking weights that cost alike.
  enum Kernel: String, Sendable {
    /// Nothing to unpack.
    case float
    /// ggml's blocks of 32 with one scale.
    case simple
    /// ggml's superblocks and codebooks.
    case superblock
    /// 4-bit groups multiplied in fp16: GPTQ, EXL2, MLC, int4 of torchao.
    case int4
    /// AWQ's interleaved 4-bit groups.
    case awq
    /// 8-bit integers with a scale for each row or group.
    case int8
    case fp8
  }

  /// Classifies `precision`.
  public init(_ precision: Precision) {
    id = precision.id
    kernel = Self.kernel(precision.id)
  }

  private static let floats: Set = ["f32", "f16", "bf16"]
  private static let simple: Set = ["q4_0", "q4_1", "q5_0", "q5_1", "q8_0"]

  private static func kernel(_ id: String) -> Kernel {
    if floats.contains(id) { return .float }
    if simple.contains(id) { return .simple }
    if id.hasPrefix("fp8") { return .fp8 }
    if id.hasPrefix("w8") || id.hasPrefix("gptq-8") || id.hasPrefix("int8")
      || id.hasPrefix("llm-int8") || id.hasPrefix("smoothquant")
    {
      return .int8
    }
    if id.hasPrefix("awq") { return .awq }
    if id.hasPrefix("q") || id.hasPrefix("iq") || id.hasPrefix("tq") { return .superblock }
    return .int4
  }

  /// The format family of a CPU kernel: mixes of one base cost alike.
  var base: String {
    if PrecisionTraits.floats.contains(id) || PrecisionTraits.simple.contains(id) { return id }
    for prefix in ["iq4", "iq3", "iq2", "iq1"] where id.hasPrefix(prefix) {
      return prefix == "iq1" ? "iq2" : prefix
    }
    for bits in ["q2", "q3", "q4", "q5", "q6"] where id.hasPrefix(bits + "_k") {
      return bits + "_k"
    }
    return kernel.rawValue
  }
}
