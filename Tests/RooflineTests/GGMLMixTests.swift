import QuantizationFormats
import Roofline
import Testing
import TransformerModels
import Units

/// A file size that llama.cpp publishes, as average bits per weight.
struct PublishedMix: Sendable, CustomTestStringConvertible {
  let mix: GGMLMix
  let bitsPerWeight: Double

  init(_ mix: GGMLMix, _ bitsPerWeight: Double) {
    self.mix = mix
    self.bitsPerWeight = bitsPerWeight
  }

  var testDescription: String { mix.id }

  /// llama.cpp tools/quantize/README.md (311c2c9f), Llama-3.1-8B.
  static let llama3: [PublishedMix] = [
    PublishedMix(.iq1_s, 2.0042), PublishedMix(.iq1_m, 2.1460), PublishedMix(.iq2_xxs, 2.3824),
    PublishedMix(.iq2_xs, 2.5882), PublishedMix(.iq2_s, 2.7403), PublishedMix(.iq2_m, 2.9294),
    PublishedMix(.iq3_xxs, 3.2548), PublishedMix(.iq3_xs, 3.4977), PublishedMix(.iq3_s, 3.6606),
    PublishedMix(.iq3_m, 3.7628), PublishedMix(.iq4_xs, 4.4597), PublishedMix(.iq4_nl, 4.6818),
    PublishedMix(.q2_k_s, 2.9697), PublishedMix(.q2_k, 3.1593), PublishedMix(.q3_k_s, 3.6429),
    PublishedMix(.q3_k_l, 4.2979), PublishedMix(.q4_k_s, 4.6672), PublishedMix(.q4_k_m, 4.8944),
    PublishedMix(.q5_k_s, 5.5704), PublishedMix(.q5_k_m, 5.7036), PublishedMix(.q6_k, 6.5633),
    PublishedMix(.q8_0, 8.5008), PublishedMix(.f16, 16.0005),
  ]

  /// llama.cpp examples/quantize/README.md, Llama-2-7B.
  ///
  /// Its Q2_K (3.35) is older than the rules of
  /// January 2024 and not comparable.
  static let llama2: [PublishedMix] = [
    PublishedMix(.q3_k_s, 3.50), PublishedMix(.q3_k_m, 3.91), PublishedMix(.q3_k_l, 4.27),
    PublishedMix(.q4_k_s, 4.58), PublishedMix(.q4_k_m, 4.84), PublishedMix(.q5_k_s, 5.52),
    PublishedMix(.q5_k_m, 5.68), PublishedMix(.q6_k, 6.56),
  ]
}

@Suite("llama.cpp's file types")
struct GGMLMixTests {
  private func bytes(_ mix: GGMLMix, _ model: TransformerModel) -> Double {
    WeightScheme.ggml(mix).bytes(of: model).count
  }

  @Test("Llama-3-8B has the published bits per weight", arguments: PublishedMix.llama3)
  func llama3(published: PublishedMix) {
    let model = HandBuiltModels.llama3With8B
    let bits = bytes(published.mix, model) * 8 / Double(model.parameters)
    #expect(abs(bits - published.bitsPerWeight) < 1e-4, "\(bits)")
  }

  @Test("Llama-2-7B has the published bits per weight", arguments: PublishedMix.llama2)
  func llama2(published: PublishedMix) {
    let model = HandBuiltModels.llama2With7B
    let bits = bytes(published.mix, model) * 8 / Double(model.parameters)
    #expect(abs(bits - published.bitsPerWeight) < 0.01, "\(bits)")
  }

  @Test(
    "Llama-3-8B has the published file size in GiB, but for the header",
    arguments: [
      (GGMLMix.q2_k, 2.96), (.q3_k_s, 3.41), (.q3_k_m, 3.74), (.q3_k_l, 4.03), (.q4_0, 4.34),
      (.q4_k_s, 4.37), (.q4_k_m, 4.58), (.q4_1, 4.78), (.q5_0, 5.21), (.q5_k_s, 5.21),
      (.q5_k_m, 5.33), (.q5_1, 5.65), (.q6_k, 6.14), (.q8_0, 7.96),
    ])
  func llama3Files(mix: GGMLMix, gibibytes: Double) {
    let size = WeightScheme.ggml(mix).bytes(of: HandBuiltModels.llama3With8B).gibibytes
    #expect(size < gibibytes + 0.005 && size > gibibytes - 0.015, "\(size)")
  }

  @Test("Sizes that llama-bench and file listings give are met to the byte")
  func exactSizes() {
    #expect(bytes(.q4_0, HandBuiltModels.llama2With7B) == 3_825_065_984)
    #expect(bytes(.q4_1, HandBuiltModels.smolLM2With135M) == 96_576_768)
    #expect(bytes(.mxfp4, HandBuiltModels.gptOSS(layers: 36, experts: 128)) == 63_374_323_968)
  }

  @Test("70B models keep values at five bits")
  func largeModels() {
    let size = WeightScheme.ggml(.q4_k_m).bytes(of: HandBuiltModels.llama3With70B).gibibytes
    #expect(abs(size - 39.59) < 0.01, "\(size)")
    let value = TensorSpec(.value, rows: 1024, columns: 8192)
    let format = GGMLMix.q4_k_m.format(for: value, layer: 10, in: HandBuiltModels.llama2With70B)
    #expect(format == .q5_k)
  }

  @Test("Eight experts raise keys and values to Q8_0, and routers stay f32")
  func eightExperts() {
    let model = HandBuiltModels.mixtral
    let tensors = model.layers[0].layer.tensors(width: model.width, norm: model.norm)
    let formats = Dictionary(
      uniqueKeysWithValues: tensors.map {
        ($0.role, GGMLMix.q4_k_m.format(for: $0, layer: 8, in: model))
      })
    #expect(formats[.key] == .q8_0)
    #expect(formats[.value] == .q8_0)
    #expect(formats[.attentionOutput] == .q5_k)
    #expect(formats[.router] == .f32)
    #expect(formats[.expertDown] == .q4_k)
    #expect(formats[.attentionNorm] == .f32)
  }

  @Test("Rows that superblocks do not divide fall back to blocks of 32")
  func fallbacks() {
    let model = HandBuiltModels.smolLM2With135M
    func format(_ mix: GGMLMix, columns: Int) -> StorageFormat {
      mix.format(for: TensorSpec(.query, rows: 8, columns: columns), layer: 12, in: model)
    }
    #expect(format(.q4_k_s, columns: 576) == .q5_0)
    #expect(format(.q5_k_s, columns: 576) == .q5_1)
    #expect(format(.q6_k, columns: 576) == .q8_0)
    #expect(format(.q3_k_s, columns: 576) == .q4_0)
    #expect(format(.iq4_xs, columns: 576) == .iq4_nl)
    #expect(format(.q4_k_s, columns: 1536) == .q4_k)
    #expect(format(.q4_k_s, columns: 100) == .f16)
    #expect(format(.q4_0, columns: 100) == .f16)
  }

  @Test("A fused query, key and value matrix has a rule of its own")
  func fusedMatrices() {
    var model = HandBuiltModels.llama2With7B
    model.family = "Phi-3"
    let value = TensorSpec(.value, rows: 4096, columns: 4096)
    #expect(GGMLMix.q4_k_m.format(for: value, layer: 0, in: model) == .q5_k)
    #expect(GGMLMix.q5_k_m.format(for: value, layer: 9, in: model) == .q6_k)
    #expect(GGMLMix.q4_k_s.format(for: value, layer: 0, in: model) == .q4_k)
  }

  @Test("A dense model as MXFP4 keeps embedding and head at Q8_0")
  func denseMicroscaling() {
    let model = HandBuiltModels.llama2With7B
    let head = TensorSpec(.outputHead, rows: 32000, columns: 4096)
    #expect(GGMLMix.mxfp4.format(for: head, layer: nil, in: model) == .q8_0)
    let gate = TensorSpec(.gate, rows: 11008, columns: 4096)
    #expect(GGMLMix.mxfp4.format(for: gate, layer: 3, in: model) == .mxfp4)
  }
}
