extension StorageFormat {
  /// As many `bits`-bit codes as fit a 32-bit word, with an f16 scale and zero per `group`.
  ///
  /// OmniQuant's published sizes: 10 three-bit codes to a word, so 3.45 bits per weight at groups
  /// of 128. `group` is `nil` for one scale and zero per output row.
  public static func packedInteger(bits: Int, group: Int?) -> StorageFormat {
    let scope = group.map { SharedValue.Scope.group($0) } ?? .row
    return packed(
      "int\(bits)-packed" + (group.map { "-g\($0)" } ?? "-channel"), bits: bits,
      sharing: [
        SharedValue("scale", bits: 16, per: scope), SharedValue("zero", bits: 16, per: scope),
      ],
      summary: "f16 scale and zero per " + (group.map { "\($0)" } ?? "row"))
  }

  /// MLC-LLM's `q4f16_1` (`bits` 4, `group` 32) and `q3f16_1` (3, 40): symmetric, f16 scales.
  public static func mlc(bits: Int, group: Int) -> StorageFormat {
    packed(
      "q\(bits)f16_1", bits: bits, sharing: [SharedValue("scale", bits: 16, per: .group(group))],
      summary: "f16 scale per \(group)")
  }

  private static func packed(
    _ id: String, bits: Int, sharing sharedValues: [SharedValue], summary: String
  ) -> StorageFormat {
    let perWord = 32 / bits
    return StorageFormat(
      id: id, summary: "\(bits)-bit codes, \(perWord) to a 32-bit word, \(summary)",
      layout: BlockLayout(weightsPerBlock: perWord, .init("word", count: 1, bitsEach: 32)),
      sharedValues: sharedValues)
  }
}
