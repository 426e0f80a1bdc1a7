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
  /// Whether weights are laid out anew for the CPU when a model is loaded, though its era would not say
  /// so (ik_llama.cpp's -rtr).
  public var repacksWeights = false
  /// Tokens of a prompt that are computed at a time (llama.cpp's `n_ubatch`).
  public var microBatch = Self.defaultMicroBatch
  /// Which constants decode uses.
  public let decodeFamily: EngineFamily

  /// What llama.cpp takes when it is not told.
  public static let defaultMicroBatch = 512

  /// Which constants prefill uses.
  public var prefillFamily: EngineFamily { decodeFamily == .cpuDecode ? .cpuPrefill : .prefill }

  /// The key with its era.
  var dated: String { era.isEmpty ? key : "\(key)@\(era)" }

  /// Whether llama.cpp runs on a GPU, whatever the back end.
  var isLlamaCppOnGPU: Bool { ["cuda", "metal", "hip", "vulkan"].contains(key) }

  /// Describes a setting.
  public init(
    key: String, decodeFamily: EngineFamily, era: String = "", flashAttention: Bool? = nil,
    variant: String = "", repacksWeights: Bool = false,
    microBatch: Int = Self.defaultMicroBatch
  ) {
    self.key = key
    self.decodeFamily = decodeFamily
    self.era = era
    self.flashAttention = flashAttention
    self.variant = variant
    self.repacksWeights = repacksWeights
    self.microBatch = microBatch
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
  /// Prefill on GPUs, all engines.
  case prefill = "prefill"
  /// Prefill on CPUs, all engines.
  case cpuPrefill = "cpu-prefill"
}
