import Foundation
import Testing

@testable import TransformerModels

@Suite("Mistakes in config.json")
struct ConfigErrorTests {
  private func failure(_ data: Data) -> ModelError? {
    do {
      let config = try HuggingFaceConfig.read(from: data, file: "config.json")
      Issue.record("was read as \(config.model)")
      return nil
    } catch {
      return error
    }
  }

  @Test(
    "A required field must be there",
    arguments: [
      "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "vocab_size",
    ])
  func missing(field: String) {
    let error = failure(smallConfig([field: nil]))
    #expect(error?.field == field && error?.problem == "missing")
    #expect(error?.file == "config.json")
    #expect(failure(smallConfig([field: "null"]))?.problem == "is null")
  }

  @Test(
    "A dimension is a positive whole number of sane size",
    arguments: [
      "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "vocab_size",
      "num_key_value_heads", "head_dim", "max_position_embeddings",
    ],
    [
      "0", "-1", "64.5", "1e400", "1e30", "9223372036854775808", "9223372036854775807", #""64""#,
      "true", "[64]", "{}",
    ])
  func dimension(field: String, value: String) {
    #expect(failure(smallConfig([field: value]))?.field == field)
  }

  @Test(
    "Other fields have their types",
    arguments: [
      ("model_type", "1"), ("tie_word_embeddings", #""yes""#), ("attention_bias", "1"),
      ("layer_types", #""full_attention""#), ("torch_dtype", "16"),
    ])
  func types(field: String, value: String) {
    #expect(failure(smallConfig([field: value]))?.field == field)
  }

  @Test("Heads must fit the width and the key and value heads")
  func heads() {
    #expect(failure(smallConfig(["num_key_value_heads": "3"]))?.field == "num_key_value_heads")
    #expect(failure(smallConfig(["num_key_value_heads": "8"]))?.field == "num_key_value_heads")
    #expect(failure(smallConfig(["hidden_size": "66"]))?.field == "head_dim")
  }

  @Test("Products of allowed dimensions that overflow are refused")
  func overflow() throws {
    let large = "16777216"
    let error = try #require(
      failure(
        smallConfig([
          "hidden_size": large, "intermediate_size": large, "vocab_size": large,
          "num_attention_heads": large, "num_key_value_heads": large, "head_dim": large,
          "num_hidden_layers": "1000",
        ])))
    #expect(error.problem.contains("parameters"))
    let experts = [
      "model_type": #""mixtral""#, "num_local_experts": "65536", "num_experts_per_tok": "65536",
      "hidden_size": large, "intermediate_size": large,
    ]
    #expect(failure(smallConfig(experts)) != nil)
    let shared = [
      "model_type": #""deepseek_v3""#, "n_routed_experts": "8", "num_experts_per_tok": "8",
      "moe_intermediate_size": large, "n_shared_experts": large,
    ]
    #expect(failure(smallConfig(shared))?.field == "n_shared_experts")
  }

  @Test("Experts must be as many as a token takes")
  func experts() {
    let mixtral = ["model_type": #""mixtral""#, "num_experts_per_tok": "2"]
    func field(_ experts: String) -> String? {
      failure(smallConfig(mixtral.merging(["num_local_experts": experts]) { $1 }))?.field
    }
    #expect(field("1") == "num_experts_per_tok")
    #expect(field("65537") == "num_local_experts")
    #expect(failure(smallConfig(mixtral))?.field == "num_local_experts")
  }

  @Test("Layer types must be known, one for each layer, with a window where they need one")
  func layerTypes() {
    func field(_ types: String) -> String? {
      failure(smallConfig(["layer_types": types]))?.field
    }
    #expect(field(#"["full_attention"]"#) == "layer_types")
    #expect(field(#"["full_attention", "x", "x", "x"]"#) == "layer_types")
    let sliding = Array(repeating: #""sliding_attention""#, count: 4).joined(separator: ",")
    #expect(field("[\(sliding)]") == "sliding_window")
    let chunked = Array(repeating: #""chunked_attention""#, count: 4).joined(separator: ",")
    #expect(field("[\(chunked)]") == "attention_chunk_size")
  }

  @Test("An unknown type that is no Llama is refused with the known ones")
  func unknownType() throws {
    let changes = ["model_type": #""mamba""#, "num_attention_heads": nil] as [String: String?]
    let error = try #require(failure(smallConfig(changes)))
    #expect(error.field == "model_type")
    #expect(error.problem.hasPrefix("'mamba' is not supported; known are RefinedWeb, "))
    let foreign = ["model_type": #""newmoe""#, "num_experts": "8"]
    #expect(failure(smallConfig(foreign))?.field == "model_type")
    #expect(failure(Data("{}".utf8))?.problem.hasPrefix("missing; known are") == true)
  }

  @Test("Fields of the text part are named with their path")
  func nested() {
    let json = #"{ "model_type": "gemma3", "text_config": { "hidden_size": -1 } }"#
    #expect(failure(Data(json.utf8))?.field == "text_config.hidden_size")
  }

  @Test(
    "Text that is not JSON, or no object, is refused",
    arguments: [
      "", " ", "{", "[]", "1", "null", "nan", #"{ "hidden_size": NaN }"#, "{]", "\u{0}",
      #"{ "hidden_size": Infinity }"#, #"{ "model_type": "llama" "#,
    ])
  func notJSON(text: String) {
    #expect(failure(Data(text.utf8)) != nil)
  }

  @Test("Hostile files are refused without a crash")
  func hostile() {
    let depth = 100_000
    let lists = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    #expect(failure(Data(lists.utf8)) != nil)
    #expect(failure(smallConfig(["layer_types": lists])) != nil)
    let objects =
      String(repeating: #"{"text_config":"#, count: depth) + "1"
      + String(repeating: "}", count: depth)
    #expect(failure(Data(objects.utf8)) != nil)
    let shallow =
      String(repeating: #"{"text_config":"#, count: 300) + "1" + String(repeating: "}", count: 300)
    #expect(failure(Data(shallow.utf8)) != nil)
    let text = #""\#(String(repeating: "x", count: 1_000_000))""#
    #expect(failure(smallConfig(["hidden_size": text]))?.field == "hidden_size")
    #expect(failure(Data([0xFF, 0xFE, 0x00, 0xD8])) != nil)
  }

  @Test("A file above 64 MiB is refused unread")
  func size() {
    let data = Data(repeating: UInt8(ascii: " "), count: 64 << 20 + 1)
    #expect(failure(data)?.problem.hasSuffix("a config.json is small") == true)
  }

  @Test("5,000 damaged files are read or refused, never fatal")
  func damaged() throws {
    var state: UInt64 = 1
    func random(below limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
    let files = try ["gemma-3-4b", "deepseek-v3", "llama-4-scout", "falcon-40b", "mpt-7b"].map {
      try TestResource.data("configs/\($0).json")
    }
    let bytes = Array("0123456789-.eE\"{}[],: tn".utf8)
    for round in 0..<5000 {
      var data = files[round % files.count]
      for _ in 0..<(1 + random(below: 4)) {
        data[random(below: data.count)] = bytes[random(below: bytes.count)]
      }
      let config = try? HuggingFaceConfig.read(from: data, file: "config.json")
      if let model = config?.model { #expect(model.parameters > 0) }
    }
  }

  @Test("Cutting a file anywhere gives an error, not a crash")
  func truncated() throws {
    let whole = try TestResource.data("configs/deepseek-v3.json")
    for length in stride(from: 0, to: whole.count - 2, by: 7) {
      #expect(failure(whole.prefix(length)) != nil)
    }
  }
}
