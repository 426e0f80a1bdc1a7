import QuantizationFormats
import Testing

@testable import TransformerModels

@Suite("GGUF headers")
struct GGUFHeaderTests {
  @Test(
    "A header gives names, shapes outermost first, formats, elements and bytes", arguments: [2, 3])
  func tensorTable(version: UInt32) throws {
    var sample = GGUFSample.llama()
    sample.version = version
    sample.tensors[0].type = 2
    sample.tensors.append(
      .init(name: "blk.0.ffn_down_exps.weight", dimensions: [256, 5, 3], type: 14))
    let part = try GGUFPart(sample.source)
    let embedding = try #require(part.tensors.first)
    #expect(embedding.name == "token_embd.weight")
    #expect(embedding.shape == [100, 64])
    #expect(embedding.format.id == "q4_0")
    #expect(embedding.elements == 6400)
    #expect(embedding.bytes == 6400 / 32 * 18)
    #expect(embedding.roles == [.tokenEmbedding])
    let experts = try #require(part.tensors.last)
    #expect(experts.shape == [3, 5, 256])
    #expect(experts.bytes == 15 * 210)
    #expect(experts.layer == 0)
    #expect(part.header.version == version)
    #expect(part.header.dataStart == sample.header().count)
  }

  @Test("Long lists and texts are passed over, short ones kept, across reading windows")
  func skipping() throws {
    var sample = GGUFSample.llama(keys: [("feed_forward_length", .u32s([96, 96]))])
    sample.keys.insert(("tokenizer.ggml.merges", .texts(100_000, "a merge")), at: 1)
    sample.keys.insert(
      ("tokenizer.chat_template", .text(String(repeating: "x", count: 5000))), at: 0)
    let header = try GGUFHeader(sample.source)
    #expect(header.values["tokenizer.ggml.merges"] == .skipped(count: 100_000))
    #expect(header.values["tokenizer.chat_template"] == .skipped(count: 5000))
    #expect(header.values["llama.feed_forward_length"] == .list([.integer(96), .integer(96)]))
    #expect(header.entries.count == sample.tensors.count)
  }

  @Test("Every value type is read")
  func valueTypes() throws {
    var sample = GGUFSample()
    var float = [UInt8]()
    float.append(little: Float(1.5).bitPattern)
    var nested = [UInt8]()
    for _ in 0..<3 {
      nested.append(little: UInt32(9))
      nested.append(little: UInt64(1))
    }
    nested.append(little: UInt32(0))
    nested.append(little: UInt64(2))
    sample.keys = [
      ("i8", .raw(1, [0xFF])), ("u16", .raw(2, [1, 2])), ("f32", .raw(6, float)),
      ("u64", .u64(.max)), ("nested", .raw(9, nested + [7, 8])), ("last", .bool(true)),
    ]
    let header = try GGUFHeader(sample.source)
    #expect(header.values["i8"] == .integer(-1))
    #expect(header.values["u16"] == .integer(513))
    #expect(header.values["f32"] == .number(1.5))
    #expect(header.values["u64"] == .number(0x1p64))
    #expect(header.values["nested"] == .skipped(count: 1))
    #expect(header.values["last"] == .bool(true))
    #expect(header.keys == sample.keys.map(\.name))
  }

  /// A damage, the field that must be named, and words that must occur.
  struct Damage: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let field: String?
    let words: [String]
    let sample: @Sendable () -> GGUFSample

    init(
      _ name: String, field: String?, _ words: String...,
      by damage: @escaping @Sendable (inout GGUFSample) -> Void
    ) {
      testDescription = name
      self.field = field
      self.words = words
      sample = {
        var sample = GGUFSample.llama(layers: 1)
        damage(&sample)
        return sample
      }
    }
  }

  static let damages: [Damage] = [
    Damage("version 1", field: "version", "is 1", "convert the model again") { $0.version = 1 },
    Damage("big-endian", field: "version", "big-endian", "convert") { $0.version = 0x0300_0000 },
    Damage("a key twice", field: "general.name", "twice", "download") {
      $0.keys.append(("general.name", .text("again")))
    },
    Damage("an unknown value type", field: "odd", "value type 13", "download") {
      $0.keys.append(("odd", .raw(13, [])))
    },
    Damage("deep nesting", field: "deep", "more than 8 deep") {
      var level = [UInt8]()
      level.append(little: UInt32(9))
      level.append(little: UInt64(1))
      $0.keys.append(("deep", .raw(9, Array(repeatElement(level, count: 20).joined()))))
    },
    Damage("a text longer than the file", field: "long", "bytes of text", "download") {
      $0.keys.append(("long", .raw(8, Array(repeating: 0xFF, count: 8))))
    },
    Damage("a list longer than the file", field: "list", "list entries") {
      $0.keys.append(("list", .raw(9, [4, 0, 0, 0] + Array(repeating: 0x7F, count: 8))))
    },
    Damage("text that is not UTF-8", field: "text", "not UTF-8") {
      $0.keys.append(("text", .raw(8, [1, 0, 0, 0, 0, 0, 0, 0, 0xC3])))
    },
    Damage("an alignment of 24", field: "general.alignment", "24", "power of two") {
      $0.keys.append(("general.alignment", .u32(24)))
    },
    Damage("an alignment of 0", field: "general.alignment", "power of two") {
      $0.keys.append(("general.alignment", .u32(0)))
    },
    Damage("a huge alignment", field: "general.alignment", "1048576") {
      $0.keys.append(("general.alignment", .u32(1 << 21)))
    },
    Damage("five dimensions", field: "t", "5 dimensions") { $0.add("t", 1, 1, 1, 1, 1) },
    Damage("no dimensions", field: "t", "0 dimensions") { $0.add("t") },
    Damage("a dimension of 0", field: "t", "dimension of 0") { $0.add("t", 32, 0) },
    Damage("an element overflow", field: "t", "more elements") {
      $0.tensors.append(
        .init(name: "t", dimensions: [1 << 40, 1 << 40], type: 0, offset: 0))
    },
    Damage("part of a block", field: "t", "multiple of 32", "q4_0") {
      $0.tensors.append(.init(name: "t", dimensions: [48, 2], type: 2))
    },
    Damage("an unknown type", field: "t", "ggml type 99", "requantize") {
      $0.tensors.append(.init(name: "t", dimensions: [32], type: 99))
    },
    Damage("an unaligned offset", field: "token_embd.weight", "alignment 32") {
      $0.tensors[0].offset = 8
    },
    Damage("an overlap", field: "output_norm.weight", "overlaps token_embd.weight") {
      $0.tensors[1].offset = 32
    },
    Damage("a tensor twice", field: "output_norm.weight", "twice") {
      $0.add("output_norm.weight", 64)
    },
  ]

  @Test("Damage is refused with file, field and remedy", arguments: damages)
  func damage(_ damage: Damage) throws {
    let error = #expect(throws: ModelError.self) { try damage.sample().read() }
    #expect(error?.field == damage.field)
    #expect(error?.file == "sample.gguf")
    for word in damage.words { #expect(error?.problem.contains(word) == true, "\(error)") }
  }

  @Test("A file shorter than its tensors is an incomplete download")
  func shortData() throws {
    let sample = GGUFSample.llama(layers: 1)
    let source = MemoryBytes(sample.header(), dataBytes: sample.dataBytes - 1)
    let error = #expect(throws: ModelError.self) { try GGUFPart(source) }
    #expect(error?.field == "blk.0.ffn_down.weight")
    #expect(error?.problem.contains("incomplete") == true)
  }

  @Test("A name that is not UTF-8 is refused")
  func nameNotText() throws {
    var bytes = GGUFSample.llama(layers: 1).header()
    let start = try #require(bytes.firstRange(of: Array("output_norm".utf8))?.lowerBound)
    bytes[start] = 0xFF
    let error = #expect(throws: ModelError.self) { try GGUFHeader(MemoryBytes(bytes)) }
    #expect(error?.field == "tensor 1")
    #expect(error?.problem.contains("UTF-8") == true)
  }

  @Test("Absurd counts are refused before anything is allocated", arguments: [8, 16])
  func absurdCounts(place: Int) throws {
    var bytes = GGUFSample.llama(layers: 1).header()
    for index in place..<place + 8 { bytes[index] = 0x7F }
    let error = #expect(throws: ModelError.self) { try GGUFHeader(MemoryBytes(bytes)) }
    #expect(error?.field == (place == 8 ? "tensor count" : "key count"))
  }

  @Test("A header cut at any byte is refused")
  func truncation() throws {
    let sample = GGUFSample.llama(layers: 1)
    let whole = sample.header()
    let used = try #require(whole.lastIndex { $0 != 0 })
    for length in 0..<used {
      #expect(throws: ModelError.self, "cut at \(length)") {
        try GGUFPart(MemoryBytes(Array(whole[..<length])))
      }
    }
  }

  @Test("20,000 damaged headers are parsed or refused, never fatal")
  func fuzz() throws {
    var random = SplitMix64(state: 20_240_229)
    var sample = GGUFSample.llama(layers: 1, keys: [("feed_forward_length", .u32s([96]))])
    sample.keys.append(("general.alignment", .u32(32)))
    let original = sample.header()
    let interesting: [UInt8] = [0, 1, 2, 4, 8, 9, 0x7F, 0x80, 0xFF]
    var refused = 0
    for _ in 0..<20_000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 4..<bytes.count, using: &random)
        let run = Bool.random(using: &random) ? 1 : min(8, bytes.count - place)
        let value = interesting.randomElement(using: &random) ?? 0
        for index in place..<place + run { bytes[index] = value }
      }
      // A file that claims to be huge lets absurd shapes through to the derivation of a model.
      let isHuge = Bool.random(using: &random)
      let source = MemoryBytes(bytes, dataBytes: isHuge ? 1 << 49 : sample.dataBytes)
      do throws(ModelError) {
        let file = try ModelFile.gguf([GGUFPart(source)], paths: ["fuzz.gguf"])
        #expect(file.tensorBytes <= source.size)
      } catch { refused += 1 }
    }
    #expect((1_000..<20_000).contains(refused))
  }
}
