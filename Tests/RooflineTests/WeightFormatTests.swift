import QuantizationFormats
import Roofline
import Testing
import TransformerModels
import Units

@Suite("Formats of weights")
struct WeightFormatTests {
  private func gibibytes(_ precision: String, _ model: TransformerModel) throws -> Double {
    try PrecisionCatalog.precision(precision).weights.bytes(of: model).gibibytes
  }

  /// OmniQuant, Table 3: published GiB, and what the formula of facts/quantization.md gives.
  @Test(
    "LLaMA has the weight memory of OmniQuant's table",
    arguments: [
      ("f16", 7, 12.6, 12.55), ("omniquant-w4a16-g128", 7, 3.8, 3.69),
      ("omniquant-w3a16-g128", 7, 3.2, 3.09), ("omniquant-w2a16-g128", 7, 2.2, 2.19),
      ("f16", 13, 24.3, 24.24), ("omniquant-w4a16-g128", 13, 7.0, 6.89),
      ("omniquant-w3a16-g128", 13, 5.8, 5.71), ("omniquant-w2a16-g128", 13, 4.0, 3.93),
      ("f16", 30, 60.6, 60.59), ("omniquant-w4a16-g128", 30, 16.7, 16.68),
      ("omniquant-w3a16-g128", 30, 13.7, 13.69), ("omniquant-w2a16-g128", 30, 9.2, 9.20),
      ("f16", 65, 121.6, 121.60), ("omniquant-w4a16-g128", 65, 33.0, 33.02),
      ("omniquant-w3a16-g128", 65, 27.0, 26.99), ("omniquant-w2a16-g128", 65, 18.0, 17.94),
    ])
  func omniquant(precision: String, size: Int, published: Double, computed: Double) throws {
    let model = try #require(HandBuiltModels.llama1[size])
    let memory = try gibibytes(precision, model)
    #expect(abs(memory - published) < 0.12, "\(memory)")
    #expect(abs(memory - computed) < 0.02, "\(memory)")
  }

  @Test("OPT-13B as SmoothQuant: int8 linear layers, f16 embeddings")
  func smoothquant() throws {
    let model = HandBuiltModels.opt(layers: 40, width: 5120, heads: 40)
    // 12,582,912,000 codes, 267,898,880 f16 embeddings, 2.7 M biases and gains in f16.
    #expect(abs(try gibibytes("smoothquant-o3", model) - 12.22) < 0.01)
  }

  @Test("OPT-175B at three bits is the 63 GB of the GPTQ paper, which counts GiB")
  func gptq() throws {
    let model = HandBuiltModels.opt(layers: 96, width: 12288, heads: 96)
    #expect(abs(try gibibytes("gptq-3bit-channel", model) - 62) < 0.2)
  }

  @Test("Nominal bits count every parameter alike")
  func nominalBits() throws {
    let model = HandBuiltModels.opt(layers: 40, width: 5120, heads: 40)
    #expect(model.parameters == 12_853_473_280)
    for (notation, bits) in [("w4a16", 4.0), ("w3a16", 3), ("w16a16", 16), ("int4", 4)] {
      let bytes = try PrecisionCatalog.precision(notation).weights.bytes(of: model).count
      #expect(abs(bytes - bits / 8 * 12_853_473_280) < 200, "\(notation)")
    }
  }

  @Test("An f16 file keeps vectors in f32: two bytes more for each of their elements")
  func vectorsStayWide() {
    let model = HandBuiltModels.llama2With7B
    let vectors = 65 * 4096
    let bytes = WeightScheme.ggml(.f16).bytes(of: model).count
    #expect(bytes == Double(2 * model.parameters + 2 * vectors))
  }

  @Test("Schemes for linear layers leave routers, embeddings, norms and biases alone")
  func linearLayers() {
    let scheme = WeightScheme.linearLayers(.nf4, rest: .bf16)
    let model = HandBuiltModels.gptOSS(layers: 24, experts: 32)
    for spec in model.layers[0].layer.tensors(width: model.width, norm: model.norm) {
      let isQuantized = spec.role.isBlockLinear && spec.role != .router
      #expect(scheme.format(for: spec, layer: 0, in: model) == (isQuantized ? .nf4 : .bf16))
      #expect(scheme.biasFormat(for: spec, layer: 0, in: model) == .bf16)
    }
    for spec in model.outerTensors {
      #expect(scheme.format(for: spec, layer: nil, in: model) == .bf16)
    }
  }

  @Test("gpt-oss-120b checkpoints: MXFP4 experts, the rest bf16, about 65.2 GB")
  func gptOSS() throws {
    let model = HandBuiltModels.gptOSS(layers: 36, experts: 128)
    let bytes = try PrecisionCatalog.precision("gpt-oss-mxfp4").weights.bytes(of: model)
    #expect(abs(bytes.gigabytes - 65.2) < 0.1, "\(bytes.gigabytes)")
  }

  @Test("Biases of ggml files are f32")
  func biases() {
    let model = HandBuiltModels.opt(layers: 2, width: 512, heads: 8)
    let query = TensorSpec(.query, rows: 512, columns: 512, hasBias: true)
    let scheme = WeightScheme.ggml(.q4_0)
    #expect(scheme.biasFormat(for: query, layer: 0, in: model) == .f32)
    #expect(scheme.bytes(of: query, layer: 0, in: model).count == 512 * 16 * 18 + 512 * 4)
  }
}
