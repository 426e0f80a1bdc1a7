import Foundation
import Testing

@testable import TransformerModels

/// `Resources/configs/` holds config.json files with the values of the published ones, named by
/// the catalog entry whose shapes they must give.
@Suite("Published config.json files")
struct ConfigFixtureTests {
  static let ids = [
    "bloom-176b", "bloom-7b1", "codellama-34b", "command-r-35b", "deepseek-r1-distill-qwen-1.5b",
    "deepseek-v2-lite", "deepseek-v3", "falcon-180b", "falcon-40b", "falcon-7b", "gemma-2-9b",
    "gemma-2b", "gemma-3-1b", "gemma-3-4b", "glm-4-9b", "gpt-j-6b", "gpt-neox-20b", "gpt-oss-20b",
    "gpt2", "kimi-k2", "llama-2-7b", "llama-3.1-8b", "llama-3.2-1b", "llama-4-scout", "llama-65b",
    "mistral-7b-v0.1", "mistral-7b-v0.3", "mistral-nemo-12b", "mistral-small-3.1-24b",
    "mixtral-8x7b", "mpt-7b", "olmo-2-7b", "olmo-7b", "olmoe-1b-7b", "opt-350m", "opt-6.7b",
    "phi-2", "phi-3-mini-4k", "phi-3.5-moe", "phi-4", "phi-4-mini", "pythia-1.4b",
    "qwen1.5-moe-a2.7b", "qwen2-57b-a14b", "qwen2.5-0.5b", "qwen2.5-7b", "qwen3-0.6b",
    "qwen3-30b-a3b", "smollm2-135m", "smollm3-3b", "stablelm-3b-4e1t", "starcoder2-3b",
    "tinyllama-1.1b", "yi-34b",
  ]

  private func config(_ id: String) throws -> HuggingFaceConfig {
    let path = "configs/\(id).json"
    return try HuggingFaceConfig.read(from: try TestResource.data(path), file: path)
  }

  @Test("The shapes are those of the catalog", arguments: ids)
  func shapes(id: String) throws {
    let config = try config(id)
    var expected = try ModelCatalog.entry(named: id).model
    // Where catalog and published file differ on purpose; the catalog's notes say why.
    if id == "gemma-3-4b" { expected.embedding.vocabularyRows = 262_208 }
    if id == "phi-3-mini-4k" { expected.layers[0].layer.attention.window = 2047 }
    expected.id = config.model.id
    expected.name = config.model.name
    expected.family = config.model.family
    #expect(config.model == expected)
  }

  @Test("Nothing is assumed but by Gemma 3, which leaves dimensions out, and by text parts")
  func assumptions() throws {
    for id in Self.ids {
      let config = try config(id)
      switch id {
      case "mistral-small-3.1-24b", "llama-4-scout":
        #expect(config.assumptions.count == 1, "\(id): \(config.assumptions)")
      case "gemma-3-4b":
        #expect(
          config.assumptions == [
            "only the language part of the model, text_config, counts",
            "text_config.num_attention_heads is absent; 8 is the default of transformers",
            "text_config.num_key_value_heads is absent; 4 is the default of transformers",
            "text_config.max_position_embeddings is absent; 131072 is the default of transformers",
            "text_config.vocab_size is absent; 262208 is the default of transformers",
          ])
      default: #expect(config.assumptions.isEmpty, "\(id): \(config.assumptions)")
      }
    }
  }

  @Test(
    "The precision is that of the quantization, otherwise of the data type",
    arguments: [
      ("deepseek-v3", "fp8"), ("gpt-oss-20b", "gpt-oss-mxfp4"),
      ("qwen1.5-moe-a2.7b", "gptq-4bit-g128"), ("llama-2-7b", "f16"),
      ("gemma-3-4b", "bf16"),
      ("gpt2", nil),
    ] as [(String, String?)])
  func precision(id: String, expected: String?) throws {
    #expect(try config(id).suggestedPrecision == expected)
  }

  @Test("The name is that in the file, of its folder, or of the file")
  func identity() throws {
    let named = try config("opt-6.7b").model
    #expect(named.id == "opt-6.7b" && named.name == "opt-6.7b" && named.family == "opt")
    let data = try TestResource.data("configs/llama-2-7b.json")
    let folder = try HuggingFaceConfig.model(from: data, file: "/models/My_Llama/config.json")
    #expect(folder.id == "my-llama" && folder.name == "My_Llama")
    #expect(try HuggingFaceConfig.model(from: data, file: "config.json").name == "config")
  }
}
