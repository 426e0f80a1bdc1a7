/// The precisions with names, and the notations that make more of them.
public enum PrecisionCatalog {
  /// A notation with numbers in it.
  public struct Notation: Hashable, Sendable {
    /// An example: `gptq-4bit-g128`.
    public let pattern: String
    /// What its parts mean.
    public let meaning: String
  }

  /// Every precision that has a name, plain formats first.
  public static let all: [Precision] = [
    plain, mixes, weightOnly, integerProducts, general,
  ].flatMap { $0 }

  /// The notations that `precision` reads besides the names of `all`.
  public static let notations: [Notation] = [
    Notation(
      pattern: "w4a8kv4",
      meaning: "bits of weights, activations and, if given, KV cache, without scales"),
    Notation(
      pattern: "w4a16-g128",
      meaning: "the same, linear layers in groups with an f16 scale and a zero point"),
    Notation(
      pattern: "gptq-4bit-g128", meaning: "2, 3, 4 or 8 bits in any group; 'channel' for none"),
    Notation(pattern: "awq-4bit-g128", meaning: "2, 3, 4 or 8 bits in any group"),
    Notation(
      pattern: "omniquant-w4a16-g128",
      meaning: "2 to 8 bits in any group, or per channel without one"),
    Notation(pattern: "omniquant-w4a4", meaning: "2 to 8 bits for weights and activations"),
    Notation(
      pattern: "rptq-w4a8",
      meaning: "2 to 8 bits; 'kv' at the end if only weights and KV cache are quantized"),
  ]

  private static let plain: [Precision] = [
    .ggml(.f32), .ggml(.f16), .ggml(.bf16), .float8,
    .everyParameter("int8", .integer(bits: 8)), .everyParameter("int4", .integer(bits: 4)),
  ]

  private static let mixes = GGMLMix.allCases.filter(\.isQuantized).map { Precision.ggml($0) }

  private static let weightOnly: [Precision] = [
    .gptq(bits: 4, group: 128), .gptq(bits: 3, group: 128), .gptq(bits: 8, group: 128),
    .awq(bits: 4, group: 128),
    .bitsAndBytes(.nf4), .bitsAndBytes(.nf4DoubleQuantized),
    .bitsAndBytes(.fp4), .bitsAndBytes(.fp4DoubleQuantized),
    .omniquantWeightOnly(bits: 4, group: 128), .omniquantWeightOnly(bits: 3, group: 128),
    .omniquantWeightOnly(bits: 2, group: 128), .gptOSS,
  ]

  private static let integerProducts: [Precision] = [
    .llmInt8, .smoothquant(.o1), .smoothquant(.o2), .smoothquant(.o3),
    .omniquant(bits: 4), .omniquant(bits: 6),
    .rptq(weights: 4, activations: 16, quantizesOnlyCache: false),
    .rptq(weights: 4, activations: 8, quantizesOnlyCache: false),
    .rptq(weights: 4, activations: 4, quantizesOnlyCache: false),
    .rptq(weights: 4, activations: 4, quantizesOnlyCache: true),
    .rptq(weights: 4, activations: 3, quantizesOnlyCache: true),
    .rptq(weights: 3, activations: 3, quantizesOnlyCache: true),
  ]

  private static let general: [Precision] = [
    .general(weights: 8, activations: 8, cache: nil, group: nil),
    .general(weights: 4, activations: 16, cache: nil, group: nil),
    .general(weights: 4, activations: 16, cache: nil, group: 128),
    .general(weights: 4, activations: 8, cache: 4, group: nil),
  ]
}
