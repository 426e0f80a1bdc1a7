// ggml's i-quants: superblocks of 256 weights whose codes index tables of 4- or 8-weight patterns.
// Fields are the members of ggml's structs.

// The names are ggml's.
// swift-format-ignore: AlwaysUseLowerCamelCase
extension StorageFormat {
  /// A table of 2048 patterns of 8 weights; `qh` holds index bits, 3-bit scales and a shift.
  public static let iq1_s = block(
    "iq1_s", "patterns of 8 ternary weights, f16 scale per 256", of: 256, .scale,
    .codes(32, bitsEach: 8), .init("qh", count: 8, bitsEach: 16))
  /// As IQ1_S with a scale per 16; its f16 scale is spread over the top nibbles of `scales`.
  public static let iq1_m = block(
    "iq1_m", "patterns of 8 ternary weights, 3-bit scale per 16, f16 scale per 256", of: 256,
    .codes(32, bitsEach: 8), .init("qh", count: 16, bitsEach: 8),
    .init("scales", count: 4, bitsEach: 16))
  /// A table of 256 patterns of 8 weights; `qs` also holds signs and 4-bit scales.
  public static let iq2_xxs = block(
    "iq2_xxs", "patterns of 8 weights (256), 4-bit scale per 32, f16 scale per 256", of: 256,
    .scale, .codes(32, bitsEach: 16))
  /// A table of 512 patterns of 8 weights.
  public static let iq2_xs = block(
    "iq2_xs", "patterns of 8 weights (512), 4-bit scale per 16, f16 scale per 256", of: 256,
    .scale, .codes(32, bitsEach: 16), .init("scales", count: 16, bitsEach: 4))
  /// A table of 1024 patterns of 8 weights; `qs` holds indices and then signs.
  public static let iq2_s = block(
    "iq2_s", "patterns of 8 weights (1024), 4-bit scale per 16, f16 scale per 256", of: 256,
    .scale, .codes(64, bitsEach: 8), .init("qh", count: 8, bitsEach: 8),
    .init("scales", count: 16, bitsEach: 4))
  /// A table of 256 patterns of 4 weights; `qs` also holds signs and 4-bit scales.
  public static let iq3_xxs = block(
    "iq3_xxs", "patterns of 4 weights (256), 4-bit scale per 32, f16 scale per 256", of: 256,
    .scale, .codes(96, bitsEach: 8))
  /// A table of 512 patterns of 4 weights.
  public static let iq3_s = block(
    "iq3_s", "patterns of 4 weights (512), 4-bit scale per 32, f16 scale per 256", of: 256,
    .scale, .codes(64, bitsEach: 8), .init("qh", count: 8, bitsEach: 8),
    .init("signs", count: 256, bitsEach: 1), .init("scales", count: 8, bitsEach: 4))
  /// `weight = d (sc - 32) table[code]` with IQ4_NL's 16 uneven steps, 8 sub-blocks of 32.
  public static let iq4_xs = block(
    "iq4_xs", "4-bit codes into 16 uneven steps, 6-bit scale per 32, f16 scale per 256", of: 256,
    .scale, .init("scales_h", count: 8, bitsEach: 2), .init("scales_l", count: 8, bitsEach: 4),
    .codes(256, bitsEach: 4))
}
