// ggml's k-quants: superblocks of 256 weights. Sub-blocks of 16 or 32 weights have scales of a few
// bits, which `d` scales; `dmin` scales sub-block minimums where there are any.

// The names are ggml's.
// swift-format-ignore: AlwaysUseLowerCamelCase
extension StorageFormat {
  /// `weight = d (sc & 15) code - dmin (sc >> 4)`, 16 sub-blocks of 16.
  public static let q2_k = block(
    "q2_k", "2-bit codes, 4-bit scale and minimum per 16, f16 pair per 256", of: 256,
    .init("scales", count: 16, bitsEach: 8), .codes(256, bitsEach: 2), .scale, .superMinimum)
  /// `weight = d (sc - 32) (code - 4 (1 - hmask bit))`, 16 sub-blocks of 16.
  public static let q3_k = block(
    "q3_k", "3-bit codes, 6-bit scale per 16, f16 scale per 256", of: 256,
    .init("hmask", count: 256, bitsEach: 1), .codes(256, bitsEach: 2),
    .init("scales", count: 16, bitsEach: 6), .scale)
  /// `weight = d sc code - dmin m`, 8 sub-blocks of 32; `scales` holds 8 pairs (sc, m).
  public static let q4_k = block(
    "q4_k", "4-bit codes, 6-bit scale and minimum per 32, f16 pair per 256", of: 256, .scale,
    .superMinimum, .init("scales", count: 16, bitsEach: 6), .codes(256, bitsEach: 4))
  /// As Q4_K with a fifth bit in `qh`.
  public static let q5_k = block(
    "q5_k", "5-bit codes, 6-bit scale and minimum per 32, f16 pair per 256", of: 256, .scale,
    .superMinimum, .init("scales", count: 16, bitsEach: 6), .init("qh", count: 256, bitsEach: 1),
    .codes(256, bitsEach: 4))
  /// `weight = d sc (code - 32)`, 16 sub-blocks of 16 with signed 8-bit scales.
  public static let q6_k = block(
    "q6_k", "6-bit codes, 8-bit scale per 16, f16 scale per 256", of: 256,
    .init("ql", count: 256, bitsEach: 4), .init("qh", count: 256, bitsEach: 2),
    .init("scales", count: 16, bitsEach: 8), .scale)
  /// Activations that meet every format of 256: `bsums` are sums of 16 codes, for minimums.
  public static let q8_k = block(
    "q8_k", "8-bit codes, f32 scale per 256, sums of 16, activations only", of: 256,
    .init("d", count: 1, bitsEach: 32), .codes(256, bitsEach: 8),
    .init("bsums", count: 16, bitsEach: 16))
}

extension BlockLayout.Field {
  /// What scales the minimums of a superblock.
  fileprivate static let superMinimum = BlockLayout.Field("dmin", count: 1, bitsEach: 16)
}
