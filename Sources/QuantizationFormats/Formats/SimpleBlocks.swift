// ggml's blocks of 32 weights, and their one- and two-bit successors: a scale `d`, sometimes a
// minimum `m`, and the codes `qs`. "Halves order": byte j of 16 holds weight j in its low and
// weight j + 16 in its high nibble.

extension BlockLayout.Field {
  /// The f16 scale of a ggml block.
  static let scale = BlockLayout.Field("d", count: 1, bitsEach: 16)
  /// The f16 minimum of a ggml block.
  static let minimum = BlockLayout.Field("m", count: 1, bitsEach: 16)

  /// The codes of a ggml block.
  static func codes(_ count: Int, bitsEach: Int) -> BlockLayout.Field {
    BlockLayout.Field("qs", count: count, bitsEach: bitsEach)
  }
}

// The names are ggml's.
// swift-format-ignore: AlwaysUseLowerCamelCase
extension StorageFormat {
  /// `weight = d (code - 8)`, codes in halves order.
  public static let q4_0 = block(
    "q4_0", "4-bit codes, f16 scale per 32", of: 32, .scale, .codes(32, bitsEach: 4))
  /// `weight = d code + m`, codes in halves order.
  public static let q4_1 = block(
    "q4_1", "4-bit codes, f16 scale and minimum per 32", of: 32, .scale, .minimum,
    .codes(32, bitsEach: 4))
  /// `weight = d (code - 16)`; bit i of `qh` is the fifth bit of weight i.
  public static let q5_0 = block(
    "q5_0", "5-bit codes, f16 scale per 32", of: 32, .scale, .init("qh", count: 32, bitsEach: 1),
    .codes(32, bitsEach: 4))
  /// `weight = d code + m`; bit i of `qh` is the fifth bit of weight i.
  public static let q5_1 = block(
    "q5_1", "5-bit codes, f16 scale and minimum per 32", of: 32, .scale, .minimum,
    .init("qh", count: 32, bitsEach: 1), .codes(32, bitsEach: 4))
  /// `weight = d code` with signed codes.
  public static let q8_0 = block(
    "q8_0", "8-bit codes, f16 scale per 32", of: 32, .scale, .codes(32, bitsEach: 8))
  /// Activations that meet Q4_1 and Q5_1: `s = d * sum(codes)` spares a pass for the minimum.
  public static let q8_1 = block(
    "q8_1", "8-bit codes, f16 scale and sum per 32, activations only", of: 32, .scale,
    .init("s", count: 1, bitsEach: 16), .codes(32, bitsEach: 8))
  /// `weight = d table[code]` with IQ4_NL's 16 uneven steps, codes in halves order.
  public static let iq4_nl = block(
    "iq4_nl", "4-bit codes into 16 uneven steps, f16 scale per 32", of: 32, .scale,
    .codes(32, bitsEach: 4))
  /// `weight = +d` or `-d`: bit i of `qs` is the sign of weight i.
  public static let q1_0 = block(
    "q1_0", "signs, f16 scale per 128", of: 128, .scale, .codes(128, bitsEach: 1))
  /// `weight = d (code - 1)`; code i is in byte i / 4 at bit 2 (i % 4).
  public static let q2_0 = block(
    "q2_0", "2-bit codes, f16 scale per 64", of: 64, .scale, .codes(64, bitsEach: 2))

  /// A ggml type: blocks of `weightsPerBlock` weights along a row.
  static func block(
    _ id: String, _ summary: String, of weightsPerBlock: Int, _ fields: BlockLayout.Field...
  ) -> StorageFormat {
    StorageFormat(
      id: id, summary: summary,
      layout: BlockLayout(weightsPerBlock: weightsPerBlock, fields: fields))
  }
}
