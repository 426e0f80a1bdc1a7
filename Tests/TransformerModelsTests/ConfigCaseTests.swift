import Foundation
import QuantizationFormats
import Testing

@testable import TransformerModels

/// A small Llama whose fields a test may change or, with `nil`, leave out.
func smallConfig(_ changes: [String: String?] = [:]) -> Data {
  var fields: [String: String] = [
    "model_type": #""llama""#, "hidden_size": "64", "intermediate_size": "96",
    "num_hidden_layers": "4", "num_attention_heads": "4", "num_key_value_heads": "2",
    "vocab_size": "100", "rms_norm_eps": "1e-5",
  ]
  for (key, value) in changes { fields[key] = value }
  let lines = fields.map { "\"\($0.key)\": \($0.value)" }.sorted()
  return Data("{ \(lines.joined(separator: ",\n")) }".utf8)
}

@Suite("Cases of config.json")
struct ConfigCaseTests {
  private func read(_ changes: [String: String?]) throws -> HuggingFaceConfig {
    try HuggingFaceConfig.read(from: smallConfig(changes), file: "config.json")
  }

  private func windows(_ changes: [String: String?]) throws -> [Int?] {
    let model = try read(changes).model
    return (0..<model.layerCount).map { model.layer(at: $0).attention.window }
  }

  private func experts(_ changes: [String: String?]) throws -> [Bool] {
    let model = try read(changes).model
    return (0..<model.layerCount).map {
      if case .mixture = model.layer(at: $0).feedForward { true } else { false }
    }
  }

  @Test("Parameters of a Llama by hand")
  func llama() throws {
    // Per layer q, o: 64 x 64; k, v: 32 x 64; gate, up, down: 96 x 64; two norms of 64.
    let layer = 2 * 64 * 64 + 2 * 32 * 64 + 3 * 96 * 64 + 2 * 64
    #expect(try read([:]).model.parameters == 4 * layer + 2 * 100 * 64 + 64)
    let tied = try read(["tie_word_embeddings": "true"]).model
    #expect(tied.parameters == 4 * layer + 100 * 64 + 64)
    let biased = try read(["attention_bias": "true", "mlp_bias": "true"]).model
    #expect(biased.parameters == 4 * (layer + 64 + 64 + 64 + 96 + 96 + 64) + 2 * 100 * 64 + 64)
  }

  @Test("Absent or null key and value heads are as many as query heads, for a Llama")
  func multiHead() throws {
    for value in [nil, "null"] as [String?] {
      let config = try read(["num_key_value_heads": value])
      #expect(config.model.layer(at: 0).attention.keyValueHeads == 4)
      #expect(config.assumptions.isEmpty)
    }
  }

  @Test("A head width of its own wins over width / heads")
  func headDim() throws {
    #expect(try read([:]).model.layer(at: 0).attention.headDim == 16)
    #expect(try read(["head_dim": "32"]).model.layer(at: 0).attention.headDim == 32)
    #expect(try read(["head_dim": "null"]).model.layer(at: 0).attention.headDim == 16)
    let qwen3 = ["model_type": #""qwen3""#]
    #expect(try read(qwen3).model.layer(at: 0).attention.headDim == 128)
  }

  @Test("Mistral has a window of 4096 unless the file says otherwise")
  func mistralWindow() throws {
    let mistral = ["model_type": #""mistral""#]
    #expect(try windows(mistral) == [4096, 4096, 4096, 4096])
    #expect(try read(mistral).assumptions.count == 1)
    for none in ["null", "32768"] {
      let window = ["sliding_window": none, "max_position_embeddings": "32768"]
      #expect(try windows(mistral.merging(window) { $1 }) == [nil, nil, nil, nil])
    }
  }

  @Test("Windows follow layer types, patterns and switches")
  func windowRules() throws {
    let types = #"["full_attention", "sliding_attention", "full_attention", "full_attention"]"#
    #expect(try windows(["layer_types": types, "sliding_window": "8"]) == [nil, 8, nil, nil])
    #expect(try windows(["model_type": #""gemma2""#]) == [4096, nil, 4096, nil])
    #expect(
      try windows([
        "model_type": #""gemma3_text""#, "sliding_window_pattern": "3", "sliding_window": "8",
      ]) == [8, 8, nil, 8])
    let qwen = ["model_type": #""qwen2""#, "sliding_window": "8", "max_window_layers": "3"]
    #expect(try windows(qwen) == [nil, nil, nil, nil])
    #expect(
      try windows(qwen.merging(["use_sliding_window": "true"]) { $1 }) == [nil, nil, nil, 8])
    #expect(try windows(["model_type": #""cohere2""#]) == [4096, 4096, 4096, nil])
    #expect(try windows(["model_type": #""olmo3""#]) == [4096, 4096, 4096, nil])
  }

  @Test("Experts follow sparse steps, dense layers first, and interleaving")
  func expertRules() throws {
    let qwen = [
      "model_type": #""qwen3_moe""#, "num_experts": "8", "num_experts_per_tok": "2",
      "moe_intermediate_size": "16",
    ]
    #expect(try experts(qwen) == [true, true, true, true])
    #expect(
      try experts(
        qwen.merging(["decoder_sparse_step": "2", "mlp_only_layers": "[3]"]) { $1 })
        == [false, true, false, false])
    let deepSeek = [
      "model_type": #""deepseek_v3""#, "n_routed_experts": "8", "n_shared_experts": "2",
      "num_experts_per_tok": "2", "moe_intermediate_size": "16", "first_k_dense_replace": "1",
    ]
    #expect(try experts(deepSeek) == [false, true, true, true])
    #expect(try experts(deepSeek.merging(["n_routed_experts": "null"]) { $1 }).allSatisfy { !$0 })
    let llama4 = [
      "model_type": #""llama4_text""#, "num_local_experts": "8", "num_experts_per_tok": "1",
      "intermediate_size_mlp": "128", "interleave_moe_layer_step": "2",
    ]
    #expect(try experts(llama4) == [false, true, false, true])
    let listed = llama4.merging(["moe_layers": "[0]"]) { $1 }
    #expect(try experts(listed) == [true, false, false, false])
  }

  @Test("Parameters of a mixture with a gated shared expert by hand")
  func sharedExpert() throws {
    let model = try read([
      "model_type": #""qwen2_moe""#, "num_experts": "8", "num_experts_per_tok": "2",
      "moe_intermediate_size": "16", "shared_expert_intermediate_size": "32",
    ]).model
    let attention = 2 * 64 * 64 + 2 * 32 * 64 + 64 + 32 + 32
    let shared = 3 * 32 * 64 + 64
    let rest = attention + 8 * 64 + shared + 2 * 64
    let outer = 2 * 100 * 64 + 64
    #expect(model.parameters == 4 * (rest + 8 * 3 * 16 * 64) + outer)
    #expect(model.activeParameters == 4 * (rest + 2 * 3 * 16 * 64) + outer)
  }

  @Test("Latent attention without a query rank projects queries directly")
  func latent() throws {
    let model = try read([
      "model_type": #""deepseek_v2""#, "q_lora_rank": "null", "kv_lora_rank": "24",
      "qk_nope_head_dim": "16", "qk_rope_head_dim": "8", "v_head_dim": "12",
      "n_routed_experts": "null",
    ]).model
    let attention = 4 * 24 * 64 + 32 * 64 + 24 + 4 * 28 * 24 + 64 * 4 * 12
    #expect(model.parameters == 4 * (attention + 3 * 96 * 64 + 2 * 64) + 2 * 100 * 64 + 64)
    #expect(model.keyValueElementsPerToken == 4 * 32)
  }

  @Test("Blocks in parallel share a norm; classes fix biases and gates")
  func blocks() throws {
    let phi = try read(["model_type": #""phi""#]).model
    #expect(phi.layer(at: 0).isParallel && phi.layer(at: 0).norms == [.attentionNorm])
    #expect(phi.embedding.hasHeadBias && phi.norm == .layer)
    let stable = ["model_type": #""stablelm""#]
    #expect(try read(stable).model.layer(at: 0).norms.count == 2)
    let parallel = try read(stable.merging(["use_parallel_residual": "true"]) { $1 }).model
    #expect(parallel.layer(at: 0).norms == [.attentionNorm] && parallel.layer(at: 0).isParallel)
    #expect(try read(["model_type": #""glm4""#]).model.layer(at: 0).norms.count == 4)
    let nemotron = try read(["model_type": #""nemotron""#]).model.layer(at: 0).feedForward
    #expect(nemotron == .dense(.init(width: 96, isGated: false)))
    let seed = try read(["model_type": #""seed_oss""#]).model.layer(at: 0).attention
    #expect(seed.hasQueryKeyValueBias && !seed.hasOutputBias && seed.headDim == 128)
    #expect(
      try read(["model_type": #""cohere""#, "use_qk_norm": "true"]).model.layer(at: 0).attention
        .queryKeyNorm == .allHeads)
    #expect(try read(["model_type": #""internlm2""#]).model.layer(at: 0).attention.hasOutputBias)
    #expect(try read(["model_type": #""granite""#]).model == withFamily("granite"))
  }

  private func withFamily(_ family: String) throws -> TransformerModel {
    var model = try read([:]).model
    model.family = family
    return model
  }

  @Test("GPTBigCode has one key and value head")
  func bigCode() throws {
    let json = """
      { "model_type": "gpt_bigcode", "n_embd": 64, "n_head": 4, "n_layer": 2, "n_positions": 128,
        "vocab_size": 100 }
      """
    let model = try HuggingFaceConfig.model(from: Data(json.utf8), file: "config.json")
    let layer = 64 * 64 + 64 + 2 * (16 * 64 + 16) + 64 * 64 + 64 + 2 * 4 * 64 * 64 + 5 * 64 + 4 * 64
    #expect(model.parameters == 2 * layer + 100 * 64 + 128 * 64 + 2 * 64)
  }

  @Test("An unknown type with all fields of a Llama is taken for one, which is reported")
  func unknownType() throws {
    let config = try read(["model_type": #""newmodel""#])
    #expect(config.model == (try withFamily("newmodel")))
    #expect(config.assumptions.count == 1)
  }

  @Test(
    "Quantization methods have precision ids",
    arguments: [
      (#"{ "quant_method": "gptq", "bits": 4, "group_size": 128 }"#, "gptq-4bit-g128"),
      (#"{ "quant_method": "gptq", "bits": 8, "group_size": -1 }"#, "gptq-8bit-channel"),
      (#"{ "quant_method": "awq", "bits": 4, "group_size": 64 }"#, "awq-4bit-g64"),
      (#"{ "quant_method": "bitsandbytes", "load_in_8bit": true }"#, "llm-int8"),
      (#"{ "quant_method": "bitsandbytes", "load_in_4bit": true }"#, "fp4"),
      (
        #"{ "quant_method": "bitsandbytes", "load_in_4bit": true, "bnb_4bit_quant_type": "nf4" }"#,
        "nf4"
      ),
      (
        #"{ "quant_method": "bitsandbytes", "load_in_4bit": true, "bnb_4bit_quant_type": "nf4", "#
          + #""bnb_4bit_use_double_quant": true }"#, "nf4-dq"
      ),
      (#"{ "quant_method": "modelopt", "quant_algo": "NVFP4" }"#, "nvfp4"),
      (
        #"{ "quant_method": "compressed-tensors", "config_groups": { "group_0": { "#
          + #""weights": { "num_bits": 4, "type": "int", "group_size": 128 } } } }"#, "w4a16-g128"
      ),
      (
        #"{ "quant_method": "compressed-tensors", "config_groups": { "group_0": { "#
          + #""weights": { "num_bits": 8, "type": "int" }, "input_activations": { "#
          + #""num_bits": 8 } } } }"#, "w8a8"
      ),
      (#"{ "quant_method": "aqlm" }"#, nil),
    ] as [(String, String?)])
  func quantization(config: String, precision: String?) throws {
    let read = try read(["quantization_config": config])
    #expect(read.suggestedPrecision == precision)
    #expect(read.assumptions.count == (precision == nil ? 1 : 0))
    if let precision { _ = try PrecisionCatalog.precision(precision) }
  }
}
