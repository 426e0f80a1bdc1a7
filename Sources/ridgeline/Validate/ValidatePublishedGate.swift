extension ValidatePublished {
  /// What headline errors may not exceed.
  ///
  /// What was reached, rounded up; they only ever go down.
  static let gates: [String: (median: Double, percentile90: Double)] = [
    "llama.cpp on GPUs, decode": (0.055, 0.16),
    "the same, mean contexts 256 to 4096": (0.062, 0.165),
    "the same without untuned rocBLAS builds": (0.105, 0.41),
    "llama.cpp on GPUs, prefill of 1024 to 8192": (0.08, 0.33),
    "other engines on GPUs, decode": (0.09, 0.30),
    "the same without the NUMA-impaired server": (0.155, 0.32),
  ]
}
