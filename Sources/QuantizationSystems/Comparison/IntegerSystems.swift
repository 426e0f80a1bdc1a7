// Systems that multiply integers.

extension QuantizationSystem {
  /// 8-bit weights and activations: plain, LLM.int8, SmoothQuant.
  static let eightBit: [QuantizationSystem] =
    [
      QuantizationSystem(
        "int8-tensor", "plain W8A8, per tensor", precision: "int8",
        kernel: "llm-int8+per-tensor"
      ) { layer in
        W8A8Layer(quantizing: layer.weights, activations: .perTensor).product(layer.activations)
      },
      QuantizationSystem(
        "llm-int8-half", "LLM.int8, outliers meet f16 weights", precision: "llm-int8",
        kernel: "llm-int8+f16-outliers"
      ) { LLMInt8(quantizing: $0.weights, keepsHalfWeights: true).product($0.activations) },
      QuantizationSystem(
        "llm-int8", "LLM.int8 of bitsandbytes, outliers meet int8 weights",
        precision: "llm-int8", kernel: "llm-int8+outliers"
      ) { LLMInt8(quantizing: $0.weights).product($0.activations) },
    ] + smoothed
    + [
      QuantizationSystem(
        "inc-u8s8", "SmoothQuant of INC and IPEX, u8 x s8", precision: "smoothquant-o3",
        kernel: "int8-rowsum+static"
      ) { layer in
        let smooth = Smoothed(layer)
        let bounds = AffineGrid.bounds(smooth.calibration.values)
        return U8S8Layer(quantizing: smooth.weights, activationsIn: bounds.0...bounds.1)
          .product(smooth.activations)
      }
    ]

  private static let smoothed: [QuantizationSystem] = (1...3).map { level in
    QuantizationSystem(
      "smoothquant-o\(level)", "SmoothQuant-O\(level)", precision: "smoothquant-o\(level)",
      kernel: ["llm-int8", "llm-int8+per-tensor", "llm-int8+static"][level - 1]
    ) { layer in
      let smooth = Smoothed(layer)
      let maximum = smooth.calibration.columnMaxima.max() ?? 0
      let activations: W8A8Layer.Activations =
        level == 1 ? .perToken : level == 2 ? .perTensor : .fixed(maximum: maximum)
      return W8A8Layer(quantizing: smooth.weights, activations: activations)
        .product(smooth.activations)
    }
  }

  /// A layer with alpha 0.5 fused into it.
  private struct Smoothed {
    let weights: Matrix
    let calibration: Matrix
    let activations: Matrix

    init(_ layer: SyntheticLayer) {
      let scales = SmoothQuant().scales(
        activationMaxima: layer.calibration.columnMaxima, weights: [layer.weights])
      let inverse = scales.map { 1 / $0 }
      weights = layer.weights.scalingColumns(by: scales)
      calibration = layer.calibration.scalingColumns(by: inverse)
      activations = layer.activations.scalingColumns(by: inverse)
    }
  }

  /// Less than 8 bits for activations: OmniQuant and RPTQ, each beside what it must beat.
  static let fewBits: [QuantizationSystem] =
    [6, 4].flatMap { bits in
      [
        QuantizationSystem(
          "rtn-w\(bits)a\(bits)", "round to nearest, W\(bits)A\(bits) per token",
          kernel: "int\(bits)-channel"
        ) { layer in
          let codes = GroupedCodes(
            rounding: layer.weights, bits: bits, group: layer.weights.columns
          ) { AffineGrid(clipping: $0, bits: bits) }
          return TokenCodes(quantizing: layer.activations, bits: bits).product(with: codes)
        },
        QuantizationSystem(
          "omniquant-w\(bits)a\(bits)", "OmniQuant W\(bits)A\(bits)",
          precision: "omniquant-w\(bits)a\(bits)", kernel: "int\(bits)-channel"
        ) { layer in
          OmniQuant(
            weightBits: bits, activationBits: bits, learnsTransformation: true, steps: 60
          ).quantize(layer.weights, calibration: layer.calibration).product(layer.activations)
        },
      ]
    } + [rptq(4, 4, clusters: 1)]
    + [(4, 16), (4, 8), (4, 4), (3, 3)].map { rptq($0.0, $0.1, clusters: 32) }

  private static func rptq(
    _ weightBits: Int, _ activationBits: Int, clusters: Int
  ) -> QuantizationSystem {
    let name = "W\(weightBits)A\(activationBits)"
    let isPlain = clusters == 1
    // The estimator knows W3A3 as a scheme of the cache alone.
    let hasPrecision = !isPlain && weightBits == 4
    return QuantizationSystem(
      isPlain ? "static-w4a4" : "rptq-\(name.lowercased())",
      isPlain ? "static \(name), one cluster" : "RPTQ \(name), 32 clusters",
      precision: hasPrecision ? "rptq-\(name.lowercased())" : nil,
      kernel: isPlain ? nil : "int\(weightBits)-c32+a\(activationBits)"
    ) { layer in
      try RPTQLayer(
        quantizing: layer.weights, calibration: layer.calibration,
        clusters: ChannelClusters(of: layer.calibration, count: clusters), weightBits: weightBits,
        activationBits: activationBits
      ).product(layer.activations)
    }
  }
}
