public import Engines
public import HardwareProfiles

/// Which engine a row ran, and which constants it may be fitted with.
public enum PublishedEngines {
  /// Names in the table, the more special first, and the keys of constants.
  private static let keys: [(text: String, key: String, family: EngineFamily)] = [
    ("exllama v1", "exllama-v1", .fusedDecode), ("exllama", "exllama-v2", .fusedDecode),
    ("tinychat", "tinychat", .fusedDecode), ("llm-awq", "tinychat", .fusedDecode),
    ("autoawq", "autoawq", .fusedDecode), ("turbomind", "lmdeploy", .fusedDecode),
    ("mlc", "mlc", .fusedDecode), ("vllm", "vllm", .fusedDecode),
    ("sglang", "sglang", .fusedDecode), ("tensorrt", "tensorrt-llm", .fusedDecode),
    ("gpt-fast", "torch-compile", .fusedDecode), ("torchao", "torch-compile", .fusedDecode),
    ("transformers", "transformers", .eagerDecode), ("quip-sharp", "transformers", .eagerDecode),
  ]

  /// How the engine of `row` ran; `nil` for an engine that no constants are kept for.
  public static func setting(of row: PublishedRow, isCPU: Bool) -> EngineSetting? {
    let name = row.engine.lowercased()
    if isCPU { return cpu(row, name) }
    if name.contains("llama.cpp") { return llamaCpp(row, name) }
    guard let match = keys.first(where: { name.contains($0.text) }) else { return nil }
    return EngineSetting(
      key: match.key, decodeFamily: match.family, variant: variant(match.key, row))
  }

  /// How the engine of `row` ran on `profile`.
  ///
  /// A row that names llama.cpp without a back end ran the one that serves the device.
  public static func setting(of row: PublishedRow, on profile: HardwareProfile) -> EngineSetting? {
    let name = row.engine.lowercased()
    if name.contains("llama.cpp"), !llamaCppBackends.contains(where: name.contains) {
      return llamaCpp(on: profile)
    }
    return setting(of: row, isCPU: profile.kind == .cpu)
  }

  /// How today's llama.cpp runs on `profile`; `nil` where it does not.
  public static func llamaCpp(
    on profile: HardwareProfile, flashAttention: Bool? = nil
  ) -> EngineSetting? {
    guard let engine = try? EngineCatalog.engine("llama.cpp") else { return nil }
    return try? engine.setting(for: profile, month: nil, flashAttention: flashAttention)
  }

  private static let llamaCppBackends = [
    "cuda", "metal", "vulkan", "hip", "rocm", "rocwmma", "cpu", "ik_llama",
  ]

  private static func cpu(_ row: PublishedRow, _ name: String) -> EngineSetting {
    let key =
      name.contains("ik_llama")
      ? "ik_llama.cpp" : name.contains("t-mac") ? "t-mac" : "llama.cpp"
    return EngineSetting(
      key: name.contains("torchao") ? "cpu-torch-compile" : "cpu-\(key)",
      decodeFamily: .cpuDecode, era: cpuEra(key, row, name),
      variant: name.contains("gqa as gemm") ? "-grouped" : "",
      repacksWeights: name.contains("-rtr") || row.precision.hasSuffix(" repacked")
        || (name.hasSuffix("b4384") && ["Q4_0", "IQ4_NL"].contains(row.precision)))
  }

  /// The age of a build for CPUs.
  ///
  /// llama.cpp multiplies prompts in simple formats in tiles since spring 2024, as
  /// llamafile 0.7 did first; build 4384 of December 2024 is the first here that interleaves rows of
  /// two formats when a model is loaded. ik_llama.cpp interleaves those of a prompt since mid-2025.
  private static func cpuEra(_ key: String, _ row: PublishedRow, _ name: String) -> String {
    if key == "ik_llama.cpp" { return row.version.hasPrefix("2025-06") ? "2025" : "2024" }
    guard key == "llama.cpp" else { return "" }
    if row.version.contains("llama.cpp 7bed317f5 (7371)") { return "2025" }
    if name.hasPrefix("llamafile-0.7") { return "2024" }
    let isOld = ["2023", "2024-01", "2024-02", "2024-03"].contains { row.version.contains($0) }
    return isOld ? "2023" : "2024"
  }

  private static func llamaCpp(_ row: PublishedRow, _ name: String) -> EngineSetting {
    var key = "cuda"
    if name.contains("metal") { key = "metal" }
    if name.contains("vulkan") { key = "vulkan" }
    if name.contains("hip") || name.contains("rocm") || name.contains("rocwmma") { key = "hip" }
    var variant = ""
    if name.contains("llama.cpp-hip") || name.contains("rocwmma") {
      variant = name.contains("hipblaslt") ? "hipblaslt" : "rocblas"
    }
    return EngineSetting(
      key: key, decodeFamily: .llamaCppDecode, era: key == "cuda" ? era(of: row) : "",
      flashAttention: hasFlashAttention(row, name) ? true : nil, variant: variant,
      microBatch: isSparkTable(row) ? 2048 : EngineSetting.defaultMicroBatch)
  }

  /// Whether the source says that flash attention was on.
  private static func hasFlashAttention(_ row: PublishedRow, _ name: String) -> Bool {
    name.contains("-fa 1") || row.version.hasSuffix(" FA") || isSparkTable(row)
  }

  /// llama.cpp's own table for the DGX Spark: `flash_attn = 1` and `n_ubatch = 2048` throughout, for
  /// which the table of rows has no columns.
  private static func isSparkTable(_ row: PublishedRow) -> Bool {
    row.version.hasPrefix("build 2f68ce7cf")
  }

  /// Builds of CUDA by the year of the source; the newest are known by their hash only.
  private static func era(of row: PublishedRow) -> String {
    if row.version.contains("2024-05") { return "2024" }
    return row.version.contains("2023") || row.version.contains("2024-01") ? "2023" : "2025"
  }

  private static func variant(_ key: String, _ row: PublishedRow) -> String {
    switch key {
    case "autoawq": return row.precision.contains("GEMM") ? "-gemm" : "-gemv"
    case "transformers":
      return row.version.hasPrefix("Qwen") ? "-generate" : ""
    default: return ""
    }
  }
}
