// ggml's ternary formats: weights of -d, 0 and d in superblocks of 256.

// The names are ggml's.
// swift-format-ignore: AlwaysUseLowerCamelCase
extension StorageFormat {
  /// Five trits to a byte in `qs` (weights 0 to 239), four in `qh` (240 to 255).
  public static let tq1_0 = block(
    "tq1_0", "ternary, five weights to a byte, f16 scale per 256", of: 256,
    .codes(48, bitsEach: 8), .init("qh", count: 4, bitsEach: 8), .scale)
  /// `weight = d (code - 1)` with 2-bit codes.
  public static let tq2_0 = block(
    "tq2_0", "ternary in 2-bit codes, f16 scale per 256", of: 256, .codes(256, bitsEach: 2),
    .scale)
}
