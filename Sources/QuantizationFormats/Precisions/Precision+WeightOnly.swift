// Schemes that shrink the linear layers of the blocks and multiply 16-bit floats: embeddings,
// output head, norms, biases and KV cache stay f16.

extension Precision {
  /// GPTQ: `bits`-bit codes with an f16 scale and `bits`-bit zero per `group`, or per row.
  static func gptq(bits: Int, group: Int?) -> Precision {
    weightOnly(
      "gptq-\(bits)bit-" + (group.map { "g\($0)" } ?? "channel"), "GPTQ",
      group.map { .integer(bits: bits, group: $0) }
        ?? .integerPerChannel(bits: bits, zeroBits: bits),
      assumptions: ["No act-order: the index of groups (4 bytes per input) is not counted."])
  }

  /// AWQ: as GPTQ in size, with another order of codes.
  static func awq(bits: Int, group: Int) -> Precision {
    weightOnly("awq-\(bits)bit-g\(group)", "AWQ", .integer(bits: bits, group: group))
  }

  /// OmniQuant with 16-bit activations, in the size its paper measured with MLC-LLM.
  static func omniquantWeightOnly(bits: Int, group: Int?) -> Precision {
    weightOnly(
      "omniquant-w\(bits)a16" + (group.map { "-g\($0)" } ?? ""), "OmniQuant",
      .packedInteger(bits: bits, group: group),
      assumptions: ["Codes are packed into 32-bit words: \(32 / bits) of \(bits) bits in each."])
  }

  /// QLoRA's NF4 or FP4.
  static func bitsAndBytes(_ format: StorageFormat) -> Precision {
    weightOnly(format.id, "bitsandbytes", format)
  }

  /// A checkpoint of gpt-oss: the routed experts are MXFP4, everything else bf16.
  static let gptOSS = Precision(
    id: "gpt-oss-mxfp4", summary: "gpt-oss checkpoints: routed experts MXFP4, the rest bf16",
    weights: .routedExperts(.mxfp4, rest: .bf16), activations: .bfloat16,
    kvCache: KVCacheFormat(.bf16), arithmetic: .bfloat16,
    assumptions: ["Experts are dequantized and multiplied in bf16; dense models stay bf16."])

  private static func weightOnly(
    _ id: String, _ method: String, _ format: StorageFormat, assumptions: [String] = []
  ) -> Precision {
    Precision(
      id: id, summary: "\(method): linear layers in \(format.summary); the rest f16",
      weights: .linearLayers(format, rest: .f16), activations: .float16, kvCache: .float16,
      arithmetic: .halfFloat, assumptions: assumptions)
  }
}
