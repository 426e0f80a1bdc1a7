// Integer codes whose scales are tensors of their own, as papers, GPTQ, AWQ, SmoothQuant and RPTQ
// have them: the block is one code, everything else is a shared value.

extension StorageFormat {
  /// `bits`-bit codes and nothing else: the arithmetic of papers.
  public static func integer(bits: Int) -> StorageFormat {
    plain("int\(bits)", "\(bits)-bit codes, no scales counted", bits: bits)
  }

  /// `bits`-bit codes, with an f16 scale and a `bits`-bit zero point per `group` along the row.
  ///
  /// GPTQ and AWQ: b + (16 + b) / g bits per weight. The last group of a row may be shorter.
  public static func integer(bits: Int, group: Int) -> StorageFormat {
    plain(
      "int\(bits)-g\(group)", "\(bits)-bit codes, f16 scale and \(bits)-bit zero per \(group)",
      bits: bits,
      sharing: [
        SharedValue("scale", bits: 16, per: .group(group)),
        SharedValue("zero", bits: bits, per: .group(group)),
      ])
  }

  /// `bits`-bit codes, with an f16 scale and a zero point of `zeroBits` per output row.
  ///
  /// GPTQ without groups packs zeros like codes; OmniQuant keeps them in f16.
  public static func integerPerChannel(bits: Int, zeroBits: Int) -> StorageFormat {
    plain(
      "int\(bits)-channel", "\(bits)-bit codes, f16 scale and \(zeroBits)-bit zero per row",
      bits: bits,
      sharing: [
        SharedValue("scale", bits: 16, per: .row), SharedValue("zero", bits: zeroBits, per: .row),
      ])
  }

  /// Signed 8-bit codes, with an f32 scale and the sum of the codes per output row.
  ///
  /// INC and IPEX multiply the sum with the zero point of their activations.
  public static let int8RowSum = plain(
    "int8-rowsum", "8-bit codes, f32 scale and int32 sum of codes per row", bits: 8,
    sharing: [
      SharedValue("scale", bits: 32, per: .row), SharedValue("sum", bits: 32, per: .row),
    ])

  /// `bits`-bit codes and one f32 scale for the tensor (SmoothQuant).
  public static func integerPerTensor(bits: Int) -> StorageFormat {
    plain(
      "int\(bits)-tensor", "\(bits)-bit codes, f32 scale per tensor", bits: bits,
      sharing: [SharedValue("scale", bits: 32, per: .tensor)])
  }

  /// `bits`-bit codes, with an f16 scale and an f16 zero for each pair of row and input cluster.
  ///
  /// RPTQ reorders input channels into `clusters` of like range: b + 32 clusters / columns.
  public static func integerPerCluster(bits: Int, clusters: Int) -> StorageFormat {
    plain(
      "int\(bits)-c\(clusters)",
      "\(bits)-bit codes, f16 scale and zero per row and each of \(clusters) clusters",
      bits: bits,
      sharing: [
        SharedValue("scale", bits: 16 * clusters, per: .row),
        SharedValue("zero", bits: 16 * clusters, per: .row),
      ])
  }

  /// Clusters of the channels of a head of keys or values that RPTQ caches.
  public static let clustersOfHead = 4

  /// `bits`-bit codes of keys or values, with a static f16 scale and zero for each of 4 clusters of a
  /// head's channels.
  ///
  /// RPTQ's grids are known beforehand and serve all tokens, so that a number costs `bits` bits. The
  /// tensor is what one head caches.
  public static func clusteredCache(bits: Int) -> StorageFormat {
    plain(
      "rptq\(bits)",
      "\(bits)-bit codes, static f16 scale and zero per head and each of \(clustersOfHead) clusters",
      bits: bits,
      sharing: [
        SharedValue("scale", bits: 16 * clustersOfHead, per: .tensor),
        SharedValue("zero", bits: 16 * clustersOfHead, per: .tensor),
      ])
  }
}
