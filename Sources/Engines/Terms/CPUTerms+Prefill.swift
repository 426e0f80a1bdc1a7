extension CPUTerms {
  /// How an engine multiplies the weights of a prompt on a CPU.
  private enum Product: String {
    /// A dot product for each row and token, which unpacks the row again.
    case dot
    /// Tiles of rows and tokens: llamafile's kernels, in llama.cpp since spring 2024.
    case tiled
    /// ik_llama.cpp's kernels, which unpack a row for several tokens.
    case shared
    /// ik_llama.cpp's kernels for rows interleaved in memory, so that one load serves several.
    case interleaved
    /// llama.cpp's kernels for such rows.
    case repacked
    /// Whatever other engines do.
    case own
  }

  private static let tiledFormats: Set = ["f16", "bf16", "f32", "q8_0", "q4_0"]

  private var product: Product {
    switch engine.key {
    // Since summer 2025 it interleaves rows of a prompt as it goes.
    case "cpu-ik_llama.cpp": isInterleaved || engine.era == "2025" ? .interleaved : .shared
    case "cpu-llama.cpp":
      if isInterleaved {
        .repacked
      } else {
        engine.era != "2023" && Self.tiledFormats.contains(precision.base) ? .tiled : .dot
      }
    default: .own
    }
  }

  /// The terms of a prefill.
  ///
  /// Products run at a multiple of the fp32 rate of the lanes, the same for CPUs of one kind of
  /// lanes; weights are read for each micro-batch meanwhile; layers cost a barrier.
  var prefill: [TermGroup] {
    let product = product.rawValue
    let format = precision.kernel == .float ? "float" : precision.base
    let rate = device.vectorRate(threads: threads)
    return [
      TermGroup(
        overlap: 3,
        components: [
          TermComponent(
            quantity: .batchedWeightBytes, unit: 1 / readBandwidth,
            effects: ["weights"] + numa("weights")),
          TermComponent(
            quantity: .linearOperations, unit: 1 / rate,
            effects: [
              "matrix", "matrix.product:\(product)", "matrix.simd:\(simd)",
              "matrix.product-simd:\(product)-\(simd)", "matrix.format:\(format)",
              "matrix.format-product:\(format)-\(product)", "matrix.engine:\(engine.dated)",
              "matrix.architecture:\(device.architecture)",
            ] + numa("matrix")),
        ]),
      .single(.attentionOperations, 1 / rate, ["attention", "attention.engine:\(engine.key)"]),
      .single(
        .layers, 1e-6 * threads, ["barrier", "barrier.kind:\(kind)"] + numa("barrier")),
    ]
  }
}
