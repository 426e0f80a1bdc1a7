// `quantization_config` and `torch_dtype` as precision ids: `gptq-4bit-g128`, `nf4`, `w8a8`.

extension ConfigReader {
  /// The precision of `torch_dtype`, or `dtype` as newer files call it.
  func dataType() throws(ModelError) -> String? {
    switch try text("torch_dtype", "dtype") {
    case "bfloat16": "bf16"
    case "float16", "half": "f16"
    case "float32", "float": "f32"
    default: nil
    }
  }

  /// The precision of `quantization_config`; `nil` without one, or if it is not known.
  func quantizedPrecision() throws(ModelError) -> String? {
    guard let details = nested("quantization_config") else { return nil }
    let method = try details.text("quant_method") ?? ""
    let precision: String? =
      switch method {
      case "gptq", "awq": try details.grouped(method)
      case "bitsandbytes": try details.bitsAndBytes()
      // transformers packs routed experts only, as gpt-oss is published.
      case "mxfp4": "gpt-oss-mxfp4"
      case "fp8", "fbgemm_fp8": "fp8"
      case "modelopt": try details.text("quant_algo").flatMap { Self.modelOptimizer[$0] }
      case "compressed-tensors": try details.compressedTensors()
      default: nil
      }
    if precision == nil {
      assume("quantization method '\(method)' is not known; state the precision yourself")
    }
    return precision
  }

  private static let modelOptimizer = ["FP8": "fp8", "NVFP4": "nvfp4", "W4A16_AWQ": "w4a16-g128"]

  /// GPTQ and AWQ.
  private func grouped(_ method: String) throws(ModelError) -> String? {
    guard let bits = try optionalDimension("bits", "w_bit", limit: 16) else { return nil }
    guard let group = try groupSize() else {
      return method == "gptq" ? "gptq-\(bits)bit-channel" : nil
    }
    return "\(method)-\(bits)bit-g\(group)"
  }

  private func bitsAndBytes() throws(ModelError) -> String? {
    if try flag("load_in_8bit", default: false) { return "llm-int8" }
    guard try flag("load_in_4bit", default: false) else { return nil }
    guard try text("bnb_4bit_quant_type") == "nf4" else { return "fp4" }
    return try flag("bnb_4bit_use_double_quant", default: false) ? "nf4-dq" : "nf4"
  }

  private func compressedTensors() throws(ModelError) -> String? {
    guard let group = nested("config_groups")?.nested("group_0"),
      let weights = group.nested("weights"),
      let bits = try weights.optionalDimension("num_bits", limit: 16)
    else { return nil }
    let inputs = group.nested("input_activations")
    if try weights.text("type") == "float" {
      switch (bits, try weights.groupSize()) {
      case (8, _): return "fp8"
      case (4, 16): return "nvfp4"
      case (4, 32): return "mxfp4"
      default: return nil
      }
    }
    let activationBits = try inputs?.optionalDimension("num_bits", limit: 16) ?? 16
    let suffix = try weights.groupSize().map { "-g\($0)" } ?? ""
    return "w\(bits)a\(activationBits)\(suffix)"
  }

  /// A group size; -1, which stands for whole rows, is none.
  private func groupSize() throws(ModelError) -> Int? {
    isMinusOne("group_size") ? nil : try optionalDimension("group_size", "q_group_size")
  }
}
