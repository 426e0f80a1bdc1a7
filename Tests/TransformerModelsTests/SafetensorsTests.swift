import Foundation
import QuantizationFormats
import Testing

@testable import TransformerModels

@Suite("Safetensors files")
struct SafetensorsTests {
  private static func bytes(_ json: String, length: UInt64? = nil) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(little: length ?? UInt64(json.utf8.count))
    bytes.append(contentsOf: json.utf8)
    return bytes
  }

  private static func entry(_ dtype: String, _ shape: [Int], _ begin: Int, _ end: Int) -> String {
    #"{"dtype": "\#(dtype)", "shape": \#(shape), "data_offsets": [\#(begin), \#(end)]}"#
  }

  @Test("A header gives tensors in file order, with gaps and metadata noted")
  func header() throws {
    let json = """
      {"__metadata__": {"format": "pt"},
       "lm_head.weight": \(Self.entry("F32", [3, 4], 60, 108)),
       "model.embed_tokens.weight": \(Self.entry("BF16", [5, 6], 0, 60)),
       "model.layers.7.self_attn.q_proj.bias": \(Self.entry("F8_E4M3", [4], 110, 114)),
       "scalar": \(Self.entry("I64", [], 114, 122))}
      """
    let header = try SafetensorsHeader(MemoryBytes(Self.bytes(json), dataBytes: 130))
    #expect(
      header.tensors.map(\.name) == [
        "model.embed_tokens.weight", "lm_head.weight", "model.layers.7.self_attn.q_proj.bias",
        "scalar",
      ])
    #expect(header.tensors.map(\.elements) == [30, 12, 4, 1])
    #expect(header.tensors.map(\.bytes) == [60, 48, 4, 8])
    #expect(header.tensors.map(\.format.id) == ["bf16", "f32", "f8_e4m3", "i64"])
    #expect(header.tensors[2].layer == 7)
    #expect(header.tensors[2].isBias)
    #expect(header.metadata == ["format": "pt"])
    #expect(header.unusedBytes == 2 + 8)
  }

  @Test(
    "Damage is refused with tensor and remedy",
    arguments: [
      (entry("F99", [4], 0, 4), "unknown dtype F99"), (entry("F32", [4], 0, 15), "takes 16"),
      (entry("F32", [4], 0, 4000), "holds 128"),
      (entry("F32", [4], 16, 0), "lies at bytes 16 to 0"),
      (entry("F32", [-4], 0, 16), "impossible shape"),
      (entry("F32", [1 << 40, 1 << 40], 0, 16), "impossible shape"),
      (entry("F32", [2], 8, 16) + #", "u": \#(entry("F32", [4], 0, 16))"#, "overlaps u"),
    ])
  func damage(tensor: String, words: String) throws {
    let source = MemoryBytes(Self.bytes(#"{"t": \#(tensor)}"#), dataBytes: 128)
    let error = #expect(throws: ModelError.self) { try SafetensorsHeader(source) }
    #expect(error?.field == "t")
    #expect(error?.problem.contains(words) == true, "\(error)")
    #expect(error?.problem.contains("; ") == true)
  }

  @Test(
    "Broken JSON is refused, however it is broken",
    arguments: [
      "{\"t\": }", "[]", "{\"t\": {\"dtype\": \"F32\"}}",
      "{\"t\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0]}}",
      "{\"t\": {\"dtype\": \"F32\", \"shape\": [1e99], \"data_offsets\": [0, 4]}}",
      "{\"__metadata__\": 3}", String(repeating: "{\"a\":", count: 10_000),
      String(repeating: "[", count: 100_000), "{\"\u{0}",
    ])
  func brokenJSON(json: String) {
    let error = #expect(throws: ModelError.self) {
      try SafetensorsHeader(MemoryBytes(Self.bytes(json), dataBytes: 16))
    }
    #expect(error?.problem.contains("download it again") == true)
  }

  @Test("A length that cannot be is refused", arguments: [0, 1, 1 << 20, 1 << 40, UInt64.max])
  func lengths(length: UInt64) {
    let error = #expect(throws: ModelError.self) {
      try SafetensorsHeader(MemoryBytes(Self.bytes("{}  ", length: length)))
    }
    #expect(error?.field == "header length")
  }

  @Test("A header cut at any byte is refused, and 5,000 damaged ones are never fatal")
  func truncationAndFuzz() throws {
    let whole = Self.bytes(#"{"model.norm.weight": \#(Self.entry("F32", [4], 0, 16))}"#)
    for length in whole.indices {
      #expect(throws: ModelError.self) {
        try SafetensorsHeader(MemoryBytes(Array(whole[..<length])))
      }
    }
    var random = SplitMix64(state: 7)
    var refused = 0
    for _ in 0..<5_000 {
      var bytes = whole
      for _ in 0..<3 {
        bytes[Int.random(in: 8..<bytes.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      do { _ = try SafetensorsHeader(MemoryBytes(bytes, dataBytes: 16)) } catch { refused += 1 }
    }
    #expect(refused > 1_000)
  }

  @Test(
    "Names of the usual architectures give role and layer",
    arguments: [
      ("model.embed_tokens.weight", [.tokenEmbedding], nil),
      ("transformer.wpe.weight", [.positionEmbedding], nil),
      ("model.norm.weight", [.outputNorm], nil), ("lm_head.weight", [.outputHead], nil),
      ("model.decoder.project_in.weight", [.embeddingProjectionIn], nil),
      ("model.layers.3.self_attn.q_proj.weight", [.query], 3),
      ("model.layers.3.self_attn.qkv_proj.weight", [.query, .key, .value], 3),
      ("gpt_neox.layers.0.attention.query_key_value.bias", [.query, .key, .value], 0),
      ("gpt_neox.layers.0.attention.dense.weight", [.attentionOutput], 0),
      ("transformer.h.11.attn.c_attn.weight", [.query, .key, .value], 11),
      ("transformer.h.11.attn.c_proj.weight", [.attentionOutput], 11),
      ("transformer.h.11.mlp.c_proj.weight", [.down], 11),
      ("transformer.h.1.mlp.w1.weight", [.up], 1), ("transformer.h.1.mlp.w2.weight", [.gate], 1),
      ("model.decoder.layers.2.fc1.weight", [.up], 2),
      ("model.decoder.layers.2.final_layer_norm.weight", [.feedForwardNorm], 2),
      ("model.layers.2.mlp.gate_up_proj.weight", [.gate, .up], 2),
      ("model.layers.0.block_sparse_moe.gate.weight", [.router], 0),
      ("model.layers.0.block_sparse_moe.experts.7.w2.weight", [.expertDown], 0),
      ("model.layers.4.mlp.experts.63.gate_proj.weight", [.expertGate], 4),
      ("model.layers.4.mlp.experts.gate_up_proj_blocks", [.expertGate, .expertUp], 4),
      ("model.layers.4.mlp.experts.down_proj_scales", [.expertDown], 4),
      ("model.layers.4.mlp.experts.down_proj_bias", [.expertDown], 4),
      ("model.layers.4.mlp.shared_experts.up_proj.weight", [.sharedExpertUp], 4),
      ("model.layers.4.mlp.shared_expert_gate.weight", [.sharedExpertRouter], 4),
      ("model.layers.4.mlp.gate.e_score_correction_bias", [.router], 4),
      ("model.layers.4.self_attn.kv_a_proj_with_mqa.weight", [.latentKeyValueDown], 4),
      ("model.layers.4.self_attn.sinks", [.attentionSinks], 4),
      ("model.layers.5.self_attn.k_proj.qweight", [.key], 5),
      ("model.layers.5.self_attn.k_proj.g_idx", [.key], 5),
      ("model.layers.5.mlp.up_proj.weight.nested_absmax", [.up], 5),
      ("model.layers.5.mlp.up_proj.weight.quant_state.bitsandbytes__nf4", [.up], 5),
      ("model.layers.5.mlp.down_proj.weight_scale_inv", [.down], 5),
      ("model.language_model.layers.5.mlp.down_proj.weight", [.down], 5),
      ("vision_tower.encoder.layers.5.self_attn.q_proj.weight", [], nil),
      ("model.layers.5.self_attn.rotary_emb.inv_freq", [], 5),
    ] as [(String, [TensorRole], Int?)])
  func names(name: String, roles: [TensorRole], layer: Int?) {
    let meaning = SafetensorsName(name)
    #expect(meaning.roles == roles)
    #expect(meaning.layer == layer)
    let isBias = name.hasSuffix("bias")
    #expect(meaning.isBias == isBias)
    let auxiliary = ["_scales", "g_idx", "absmax", "nf4", "_inv"].contains(where: name.hasSuffix)
    #expect(meaning.isAuxiliary == auxiliary)
  }

  @Test("An index leads to its files, from any of them and from the directory")
  func index() throws {
    let directory = try TemporaryDirectory()
    let names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    for (name, tensor) in zip(names, ["a", "b"]) {
      let json = #"{"\#(tensor)": \#(Self.entry("F32", [4], 0, 16))}"#
      try directory.write(name, Self.bytes(json), zeros: 16)
    }
    func writeIndex(_ map: String) throws {
      try directory.write("model.safetensors.index.json", #"{"weight_map": {\#(map)}}"#)
    }
    func read(_ name: String = "") throws -> ModelFile {
      try ModelFile.read(path: directory.path + name)
    }
    try writeIndex(#""a": "\#(names[0])", "b": "\#(names[1])""#)
    for name in ["", names[1], "model.safetensors.index.json"] {
      let file = try read(name)
      #expect(file.tensors.map(\.name) == ["a", "b"])
      #expect(file.model == nil)
      #expect(file.obstacle?.contains("no config.json") == true)
    }

    try writeIndex(#""a": "\#(names[0])", "c": "\#(names[1])""#)
    var error = #expect(throws: ModelError.self) { try read() }
    #expect(error?.field == "c")
    for escape in ["../x.safetensors", "/etc/passwd", "..", ""] {
      try writeIndex(#""a": "\#(escape)""#)
      error = #expect(throws: ModelError.self) { try read() }
      #expect(error?.field == "weight_map", "\(escape)")
    }
    try writeIndex(#""a": "gone.safetensors""#)
    error = #expect(throws: ModelError.self) { try read() }
    #expect(error?.description.contains("gone.safetensors: is listed in") == true)
  }

  private static let config = """
    {"model_type": "llama", "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 1,
     "num_attention_heads": 2, "vocab_size": 10, "rms_norm_eps": 1e-5,
     "max_position_embeddings": 64, "tie_word_embeddings": true, "torch_dtype": "float16"}
    """

  @Test("The shapes come from the config.json beside the tensors, or from it alone")
  func configuration() throws {
    let directory = try TemporaryDirectory()
    try directory.write("config.json", Self.config)
    let alone = try ModelFile.read(path: directory.path)
    #expect(alone.container == "config.json")
    #expect(alone.tensors.isEmpty)
    #expect(alone.facts.first?.value == "llama")

    let json = #"{"model.embed_tokens.weight": \#(Self.entry("F16", [10, 8], 0, 160))}"#
    try directory.write("model.safetensors", Self.bytes(json), zeros: 160)
    let file = try ModelFile.read(path: directory.path)
    #expect(file.container == "safetensors")
    #expect(file.model == alone.model)
    let missing = 80 - (alone.model?.parameters ?? 0)
    #expect(file.facts.last?.value == "\(missing) elements")

    try directory.write("config.json", #"{"model_type": "llama"}"#)
    let broken = try ModelFile.read(path: directory.path + "model.safetensors")
    #expect(broken.tensors.count == 1)
    #expect(broken.model == nil)
    #expect(broken.obstacle?.contains("config.json") == true)
  }
}
