import QuantizationFormats

// Systems whose activations stay floats.

extension QuantizationSystem {
  /// llama.cpp's blocks without an importance matrix; its 8-bit activations are not counted here.
  static let ggml: [QuantizationSystem] =
    [StorageFormat.f16, .q8_0, .q4_k, .q4_0].map { format in
      QuantizationSystem(
        format.id, format == .f16 ? "f16" : "llama.cpp \(format.id)",
        precision: format == .q4_k ? "q4_k_m" : format.id, kernel: format.id
      ) { layer in layer.activations.product(with: try rounded(layer.weights, to: format)) }
    }

  /// 4-bit tables in blocks of 64.
  static let bitsAndBytes: [QuantizationSystem] =
    [(FourBitTable.nf4, "nf4", false), (.nf4, "nf4", true), (.fp4, "fp4", false)].map {
      (table: FourBitTable, id: String, isDouble: Bool) in
      QuantizationSystem(
        isDouble ? id + "-dq" : id,
        id.uppercased() + (isDouble ? " with double quantization" : ""),
        precision: isDouble ? id + "-dq" : id, kernel: id
      ) { layer in
        let tensor = FourBitTensor(
          quantizing: layer.weights.values, table: table, isDoubleQuantized: isDouble)
        let weights = Matrix(
          rows: layer.weights.rows, columns: layer.weights.columns, values: tensor.dequantized)
        return layer.activations.product(with: weights)
      }
    }

  /// Groups of 128 at `bits` bits: round-to-nearest and what must beat it.
  static func groups(of bits: Int) -> [QuantizationSystem] {
    let kernel = "int\(bits)-g128"
    let gptq = "gptq-\(bits)bit-g128"
    var systems = [
      QuantizationSystem(
        "rtn-\(bits)bit", "round to nearest, \(bits)-bit g128", precision: gptq, kernel: kernel
      ) { layer in
        let codes = GroupedCodes(rounding: layer.weights, bits: bits, group: 128) {
          AffineGrid(gptq: $0, bits: bits).withHalfScale
        }
        return layer.activations.product(with: codes.dequantized)
      }
    ]
    systems += [false, true].map { ordered in
      QuantizationSystem(
        gptq + (ordered ? "-act-order" : ""),
        "GPTQ \(bits)-bit g128" + (ordered ? ", act-order" : ""), precision: gptq, kernel: kernel
      ) { layer in
        let codes = try GPTQ(bits: bits, ordersByActivation: ordered)
          .quantize(layer.weights, calibration: layer.calibration)
        return layer.activations.product(with: codes.dequantized)
      }
    }
    if bits == 4 {
      systems.append(
        QuantizationSystem(
          "awq-4bit", "AWQ 4-bit g128", precision: "awq-4bit-g128", kernel: kernel
        ) { layer in
          let quantized = AWQ().quantize(layer.weights, calibration: layer.calibration)
          return layer.activations.product(with: quantized.dequantized)
        })
    }
    systems.append(
      QuantizationSystem(
        "omniquant-w\(bits)a16", "OmniQuant W\(bits)A16 g128",
        precision: "omniquant-w\(bits)a16-g128", kernel: kernel
      ) { layer in
        OmniQuant(weightBits: bits, group: 128, steps: 60)
          .quantize(layer.weights, calibration: layer.calibration).product(layer.activations)
      })
    return systems
  }

  private static func rounded(_ weights: Matrix, to format: StorageFormat) throws -> Matrix {
    guard let bytes = format.packRows(weights.values, columns: weights.columns),
      let values = format.unpackRows(bytes, columns: weights.columns)
    else { throw PackingError.shape("\(format.id) does not suit \(weights.columns) inputs") }
    return Matrix(rows: weights.rows, columns: weights.columns, values: values)
  }
}
