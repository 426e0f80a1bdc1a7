/// One way of running an engine: which back end, how old, with what attention.
public struct EngineSetting: Hashable, Sendable {
  /// The back end or engine that constants are kept for: "cuda", "metal", "exllama-v2".
  public let key: String
  /// The build era of an engine whose speed changed with time; empty for others.
  public var era = ""
  /// Whether flash attention is on; `nil` where it is not known.
  public var flashAttention: Bool?
  /// A build variant with kernels of its own: "rocblas", "hipblaslt", "gemm", "gemv".
  public var variant = ""
  /// Which constants decode uses.
  public let decodeFamily: EngineFamily

  /// The key with its era.
  var dated: String { era.isEmpty ? key : "\(key)@\(era)" }

  /// Describes a setting.
  public init(
    key: String, decodeFamily: EngineFamily, era: String = "", flashAttention: Bool? = nil,
    variant: String = ""
  ) {
    self.key = key
    self.decodeFamily = decodeFamily
    self.era = era
    self.flashAttention = flashAttention
    self.variant = variant
  }
}

/// Sets of constants that were fitted together.
public enum EngineFamily: String, Hashable, Sendable, CaseIterable {
  /// Decode of llama.cpp on GPUs.
  case llamaCppDecode = "llama-cpp-gpu-decode"
  /// Decode of other engines with fused kernels on GPUs.
  case fusedDecode = "fused-gpu-decode"
  /// Decode of engines that launch every operation from Python.
  case eagerDecode = "eager-gpu-decode"
  /// Decode on CPUs.
  case cpuDecode = "cpu-decode"
  /// Prefill, all engines.
  case prefill = "prefill"
}
