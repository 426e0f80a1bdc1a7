import Foundation
import Testing

@testable import TransformerModels

@Suite("The model catalog")
struct ModelCatalogTests {
  @Test("Every entry decodes, and its id is its file name", arguments: ModelCatalog.ids)
  func identifier(id: String) throws {
    let entry = try ModelCatalog.entry(named: id)
    #expect(entry.id == id)
    #expect(!entry.source.isEmpty && !entry.name.isEmpty && !entry.family.isEmpty)
    #expect(id == id.lowercased() && !id.contains(" ") && !id.contains("_"))
  }

  @Test("The shapes of every entry reproduce its stated counts", arguments: ModelCatalog.ids)
  func statedCounts(id: String) throws {
    let entry = try ModelCatalog.entry(named: id)
    #expect(entry.model.parameters == entry.parameters.total)
    #expect(entry.model.activeParameters == entry.parameters.active)
    #expect(entry.model.decodeStreamedParameters == entry.parameters.decodeStreamed)
  }

  @Test("What is called exact equals the published total, or its notes say why not")
  func exactness() throws {
    for entry in try ModelCatalog.entries() where entry.verification == .exact {
      let published = try #require(entry.parameters.publishedTotal, "\(entry.id)")
      #expect(entry.parameters.publishedBy != nil)
      let text = (entry.parameters.publishedBy ?? "") + entry.notes.joined()
      let isExplained = ["inv_freq", "included", "tied head"].contains(where: text.contains)
      #expect(published == entry.parameters.total || isExplained, "\(entry.id)")
    }
    for entry in try ModelCatalog.entries() where entry.verification == .unverified {
      #expect(!entry.notes.isEmpty, "\(entry.id)")
    }
  }

  @Test("Ids and aliases are unique, and every alias finds its entry")
  func aliases() throws {
    let entries = try ModelCatalog.entries()
    let names = entries.flatMap { [$0.id] + $0.aliases }
    #expect(Set(names).count == names.count)
    #expect(ModelCatalog.ids == entries.map(\.id))
    for (alias, id) in try ModelCatalog.aliases() {
      #expect(try ModelCatalog.entry(named: alias).id == id)
    }
  }

  @Test(
    "Names are understood as people write them",
    arguments: [
      ("Llama 2 7B", "llama-2-7b"), ("meta-llama/Meta-Llama-3.1-8B-Instruct", "llama-3.1-8b"),
      ("Qwen/Qwen2.5-0.5B-Instruct", "qwen2.5-0.5b"), ("Llama-2-7b-chat-hf", "llama-2-7b"),
      ("google/gemma-3-4b-it", "gemma-3-4b"), ("BLOOMZ-7b1", "bloom-7b1"),
      ("Kimi-Dev-72B", "qwen2.5-72b"), ("vicuna_7b", "vicuna-7b-v0"),
      ("DeepSeek-R1", "deepseek-v3"), ("Mistral-7B-Instruct-v0.3", "mistral-7b-v0.3"),
    ])
  func spelling(name: String, id: String) throws {
    #expect(try ModelCatalog.entry(named: name).id == id)
  }

  @Test("An unknown name is an error", arguments: ["", "/", "llama", "llama-9-7b", "-chat"])
  func unknown(name: String) {
    #expect(throws: ModelError.self) { try ModelCatalog.entry(named: name) }
  }

  @Test("Windows alternate as the models do")
  func windows() throws {
    func windows(_ id: String) throws -> [Int?] {
      let model = try ModelCatalog.entry(named: id).model
      return (0..<model.layerCount).map { model.layer(at: $0).attention.window }
    }
    let gemma3 = try windows("gemma-3-4b")
    #expect(gemma3.count == 34 && gemma3.count { $0 == 1024 } == 29)
    #expect(Array(gemma3.prefix(7)) == [1024, 1024, 1024, 1024, 1024, nil, 1024])
    #expect(Array(try windows("gemma-2-9b").prefix(3)) == [4096, nil, 4096])
    #expect(Array(try windows("gpt-oss-20b").prefix(3)) == [128, nil, 128])
    #expect(try windows("mistral-7b-v0.1") == Array(repeating: 4096, count: 32))
    #expect(try windows("phi-3-mini-4k") == Array(repeating: 2048, count: 32))
    #expect(try windows("llama-3-8b") == Array(repeating: nil, count: 32))
  }

  @Test("DeepSeek-V3 caches its latent, and three of its layers are dense")
  func latent() throws {
    let model = try ModelCatalog.entry(named: "deepseek-v3").model
    #expect(model.layers.map(\.count) == [3, 58])
    #expect(model.keyValueElementsPerToken == 61 * (512 + 64))
    #expect(model.layer(at: 2).feedForward == .dense(.init(width: 18_432, isGated: true)))
    guard case .mixture(let mixture) = model.layer(at: 3).feedForward else {
      Issue.record("layer 3 has no experts")
      return
    }
    #expect(mixture.experts == 256 && mixture.expertsPerToken == 8 && mixture.sharedWidth == 2048)
  }

  @Test(
    "A mistake in an entry is named by its field",
    arguments: [
      (#""width": 64"#, #""widht": 64"#, "widht"),
      (#""width": 64"#, #""width": 0"#, "width"),
      (#""width": 64"#, #""width": "64""#, "width"),
      (#""norm": "rms""#, #""norm": "RMS""#, "norm"),
      (#""heads": 4"#, #""heads": 3"#, "layers[0].attention.key_value_heads"),
      (#""count": 2"#, #""count": 1000000000000"#, "layers[0].count"),
      (#""gated": true"#, #""gated": true, "experts": 4"#, "layers[0].feed_forward.width"),
      (#""schema_version": 1"#, #""schema_version": 2"#, "schema_version"),
      (#""verified": "exact""#, #""verified": "sure""#, "parameters.verified"),
      (#""head_dim": 16"#, #""head_dim": 9223372036854775807"#, "layers[0].attention.head_dim"),
    ])
  func mistakes(original: String, wrong: String, field: String) throws {
    let good = """
      { "schema_version": 1, "id": "x", "name": "X", "family": "x", "width": 64,
        "vocabulary_rows": 100, "tied_embeddings": true, "norm": "rms",
        "layers": [ { "count": 2,
          "attention": { "heads": 4, "key_value_heads": 2, "head_dim": 16 },
          "feed_forward": { "width": 96, "gated": true } } ],
        "parameters": { "total": 1, "decode_streamed": 1, "verified": "exact" }, "source": "" }
      """
    _ = try ModelCatalog.entry(from: Data(good.utf8), file: "x.json")
    #expect(good.contains(original))
    let bad = Data(good.replacingOccurrences(of: original, with: wrong).utf8)
    let error = #expect(throws: ModelError.self) {
      try ModelCatalog.entry(from: bad, file: "x.json")
    }
    #expect(error?.field == field)
  }
}
