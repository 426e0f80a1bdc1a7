import QuantizationFormats
import Testing
import Units

@Suite("What precisions mean")
struct PrecisionMeaningTests {
  @Test(
    "The operands decide the arithmetic",
    arguments: [
      ("f32", Arithmetic.float32), ("f16", .float16), ("bf16", .bfloat16), ("fp8", .float8),
      ("int8", .halfFloat), ("int4", .halfFloat), ("q4_0", .ggml), ("q8_0", .ggml),
      ("mxfp4", .ggml), ("nf4", .halfFloat), ("gptq-4bit-g128", .halfFloat),
      ("awq-4bit-g128", .halfFloat), ("llm-int8", .integer8), ("smoothquant-o2", .integer8),
      ("omniquant-w4a16-g128", .halfFloat), ("omniquant-w4a4", .integer4),
      ("omniquant-w6a6", .integer8), ("rptq-w4a16", .halfFloat), ("rptq-w4a8", .integer8),
      ("rptq-w4a4", .integer4), ("rptq-w4a4kv", .halfFloat), ("w4a16", .halfFloat),
      ("w8a8", .integer8), ("w4a8kv4", .integer8), ("w4a4", .integer4), ("w2a3", .integer4),
      ("w8a4", .integer8), ("w6a6", .integer8), ("w16a8", .halfFloat), ("w32a32", .float32),
    ])
  func arithmetic(name: String, expected: Arithmetic) throws {
    #expect(try PrecisionCatalog.precision(name).arithmetic == expected)
  }

  @Test(
    "Activations are stored and multiplied as the scheme says",
    arguments: [
      ("f32", 32, 32, "f32"), ("f16", 16, 16, "f16"), ("gptq-4bit-g128", 16, 16, "f16"),
      ("q4_0", 16, 8, "int8 (dynamic per block of 32)"),
      ("q4_k_m", 16, 8, "int8 (dynamic per block of 256)"),
      ("llm-int8", 16, 8, "int8 (dynamic per token)"),
      ("smoothquant-o3", 8, 8, "int8 (static per tensor)"),
      ("fp8", 16, 8, "fp8 (dynamic per tensor)"), ("w8a6", 6, 8, "int8 (per token)"),
      ("rptq-w4a4", 8, 4, "int4 (static per cluster)"), ("rptq-w4a3kv", 16, 16, "f16"),
    ])
  func activations(name: String, stored: Int, multiplied: Int, label: String) throws {
    let scheme = try PrecisionCatalog.precision(name).activations
    #expect(scheme.storedBits == stored)
    #expect(scheme.multipliedBits == multiplied)
    #expect(scheme.label == label)
  }

  @Test(
    "Keys and values have 16 bits unless the name says otherwise",
    arguments: [
      ("f16", "f16"), ("q4_0", "f16"), ("w4a4", "f16"), ("int4", "f16"), ("w4a8kv4", "int4"),
      ("w4a16kv32", "f32"), ("smoothquant-o1", "int8"), ("omniquant-w6a6", "int6"),
      ("rptq-w4a16", "f16"), ("rptq-w4a8", "int8"), ("rptq-w4a3kv", "rptq3"),
    ])
  func keysAndValues(name: String, expected: String) throws {
    #expect(try PrecisionCatalog.precision(name).kvCache.label == expected)
  }

  @Test(
    "A KV cache notation names a format, or two",
    arguments: [
      ("f16", "f16"), ("Q8_0", "q8_0"), ("q8_0/q4_0", "q8_0/q4_0"), ("int3", "int3"),
      ("int4", "int4"), ("fp8/fp8", "fp8"), ("iq4_nl", "iq4_nl"),
    ])
  func cacheNotations(notation: String, label: String) throws {
    #expect(try KVCacheFormat.named(notation).label == label)
  }

  @Test(
    "A hostile KV cache notation is refused",
    arguments: [
      "", "/", "f16/", "/f16", "f16/f16/f16", "q6_k", "int0", "int17", "int", "int4x",
      "int99999999999999999999", "f１６", "q8_\u{2070}",
    ])
  func hostileCacheNotations(notation: String) {
    #expect(throws: PrecisionError.self) { try KVCacheFormat.named(notation) }
  }

  @Test("A refused KV cache notation lists the known ones")
  func cacheErrorText() {
    let error = PrecisionError.unknownKVCache(notation: "q6_k")
    #expect(error.description.hasPrefix("unknown KV cache format 'q6_k'; write one of f32, f16, "))
  }

  @Test("Another KV cache leaves the rest alone")
  func replacement() throws {
    let precision = try PrecisionCatalog.precision("q4_0")
    let other = precision.replacingKVCache(with: try KVCacheFormat.named("q8_0"))
    #expect(other.kvCache.label == "q8_0")
    #expect(other.weights == precision.weights)
    #expect(other.id == precision.id)
  }
}
