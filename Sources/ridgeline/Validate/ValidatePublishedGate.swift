extension ValidatePublished {
  /// What headline errors may not exceed: what was reached, rounded up.
  static let gates: [String: (median: Double, percentile90: Double)] = [
    "llama.cpp on GPUs, decode": (0.048, 0.15),
    "the same, mean contexts 256 to 4096": (0.050, 0.158),
    "llama.cpp on GPUs, 2 to 64 tokens at a time": (0.14, 0.36),
    "llama.cpp on GPUs, prefill of 512": (0.086, 0.30),
    "the same without untuned rocBLAS builds": (0.09, 0.34),
    "llama.cpp on GPUs, prefill of 1024 to 8192": (0.094, 0.28),
    "other engines on GPUs, decode": (0.082, 0.225),
    "CPUs at full threads, decode": (0.124, 0.60),
    "the same without the NUMA-impaired server": (0.112, 0.295),
    "CPUs, prefill, without that server": (0.19, 0.53),
    "eager PyTorch, decode": (0.38, 1.07),
  ]
}
