// bitsandbytes: LLM.int8() rows, and QLoRA's 4-bit blocks of 64 that run through the flattened
// tensor. Double quantization stores the block maxima as 8-bit codes in blocks of 256.

extension StorageFormat {
  /// LLM.int8(): signed 8-bit codes and the f32 maximum of each output row.
  public static let int8RowMaximum = plain(
    "llm-int8", "8-bit codes, f32 maximum per row", bits: 8,
    sharing: [SharedValue("SCB", bits: 32, per: .row)])

  /// 4-bit NormalFloat: `weight = absmax table[code]`.
  public static let nf4 = fourBit("nf4", "4-bit codes into 16 normal quantiles")
  /// 4-bit floating point: `weight = absmax table[code]`.
  public static let fp4 = fourBit("fp4", "4-bit floating point")
  /// NF4 with double quantization.
  public static let nf4DoubleQuantized = doubleQuantized(
    "nf4-dq", "4-bit codes into 16 normal quantiles")
  /// FP4 with double quantization.
  public static let fp4DoubleQuantized = doubleQuantized("fp4-dq", "4-bit floating point")

  private static func fourBit(_ id: String, _ codes: String) -> StorageFormat {
    StorageFormat(
      id: id, summary: "\(codes), f32 maximum per 64", layout: blocks(absmaxBits: 32),
      blockRun: .tensor)
  }

  private static func doubleQuantized(_ id: String, _ codes: String) -> StorageFormat {
    StorageFormat(
      id: id, summary: "\(codes), 8-bit maximum per 64, f32 scale per 256 maxima",
      layout: blocks(absmaxBits: 8), blockRun: .tensor,
      sharedValues: [
        SharedValue("nested absmax", bits: 32, per: .weights(64 * 256)),
        SharedValue("offset", bits: 32, per: .tensor),
      ])
  }

  private static func blocks(absmaxBits: Int) -> BlockLayout {
    BlockLayout(
      weightsPerBlock: 64, .init("absmax", count: 1, bitsEach: absmaxBits),
      .init("codes", count: 64, bitsEach: 4))
  }
}
