extension StorageFormat {
  /// OCP MXFP4: `weight = 2^(e - 127) E2M1[code]`.
  ///
  /// ggml and gpt-oss checkpoints pack nibbles in a different order; both spend 17 bytes on 32.
  public static let mxfp4 = block(
    "mxfp4", "4-bit floating point, 8-bit exponent per 32", of: 32,
    .init("e", count: 1, bitsEach: 8), .codes(32, bitsEach: 4))
  /// NVIDIA's NVFP4 as ggml stores it: `weight = UE4M3(d[i / 16]) E2M1[code]`.
  public static let nvfp4 = block(
    "nvfp4", "4-bit floating point, 8-bit floating-point scale per 16", of: 64,
    .init("d", count: 4, bitsEach: 8), .codes(64, bitsEach: 4))
}
