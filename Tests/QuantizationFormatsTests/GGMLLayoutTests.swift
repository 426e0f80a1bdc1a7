import QuantizationFormats
import Testing
import Units

/// What ggml says of a type: number, weights and bytes per block, bits per weight.
struct GGMLFacts: Sendable, CustomTestStringConvertible {
  let name: String
  let id: Int
  let weights: Int
  let bytes: Int
  let bitsPerWeight: Double

  init(_ name: String, _ id: Int, _ weights: Int, _ bytes: Int, _ bitsPerWeight: Double) {
    self.name = name
    self.id = id
    self.weights = weights
    self.bytes = bytes
    self.bitsPerWeight = bitsPerWeight
  }

  var testDescription: String { name }

  static let all: [GGMLFacts] = [
    GGMLFacts("f32", 0, 1, 4, 32), GGMLFacts("f16", 1, 1, 2, 16),
    GGMLFacts("q4_0", 2, 32, 18, 4.5), GGMLFacts("q4_1", 3, 32, 20, 5),
    GGMLFacts("q5_0", 6, 32, 22, 5.5), GGMLFacts("q5_1", 7, 32, 24, 6),
    GGMLFacts("q8_0", 8, 32, 34, 8.5), GGMLFacts("q8_1", 9, 32, 36, 9),
    GGMLFacts("q2_k", 10, 256, 84, 2.625), GGMLFacts("q3_k", 11, 256, 110, 3.4375),
    GGMLFacts("q4_k", 12, 256, 144, 4.5), GGMLFacts("q5_k", 13, 256, 176, 5.5),
    GGMLFacts("q6_k", 14, 256, 210, 6.5625), GGMLFacts("q8_k", 15, 256, 292, 9.125),
    GGMLFacts("iq2_xxs", 16, 256, 66, 2.0625), GGMLFacts("iq2_xs", 17, 256, 74, 2.3125),
    GGMLFacts("iq3_xxs", 18, 256, 98, 3.0625), GGMLFacts("iq1_s", 19, 256, 50, 1.5625),
    GGMLFacts("iq4_nl", 20, 32, 18, 4.5), GGMLFacts("iq3_s", 21, 256, 110, 3.4375),
    GGMLFacts("iq2_s", 22, 256, 82, 2.5625), GGMLFacts("iq4_xs", 23, 256, 136, 4.25),
    GGMLFacts("i8", 24, 1, 1, 8), GGMLFacts("i16", 25, 1, 2, 16),
    GGMLFacts("i32", 26, 1, 4, 32), GGMLFacts("i64", 27, 1, 8, 64),
    GGMLFacts("f64", 28, 1, 8, 64), GGMLFacts("iq1_m", 29, 256, 56, 1.75),
    GGMLFacts("bf16", 30, 1, 2, 16), GGMLFacts("tq1_0", 34, 256, 54, 1.6875),
    GGMLFacts("tq2_0", 35, 256, 66, 2.0625), GGMLFacts("mxfp4", 39, 32, 17, 4.25),
    GGMLFacts("nvfp4", 40, 64, 36, 4.5), GGMLFacts("q1_0", 41, 128, 18, 1.125),
    GGMLFacts("q2_0", 42, 64, 18, 2.25),
  ]
}

@Suite("ggml types")
struct GGMLLayoutTests {
  @Test("A type has ggml's block size and bits per weight", arguments: GGMLFacts.all)
  func blockSizes(facts: GGMLFacts) throws {
    let format = try #require(GGMLType(id: facts.id)).format
    #expect(format.id == facts.name)
    #expect(format.layout.weightsPerBlock == facts.weights)
    #expect(format.layout.bytesPerBlock == facts.bytes)
    #expect(format.layout.bitsPerWeight == facts.bitsPerWeight)
    #expect(format.bitsPerWeight() == facts.bitsPerWeight)
  }

  @Test("A type is found by its name", arguments: GGMLFacts.all)
  func names(facts: GGMLFacts) {
    #expect(GGMLType(name: facts.name)?.id == facts.id)
  }

  @Test("The table holds no other types")
  func completeness() {
    #expect(GGMLType.all.count == GGMLFacts.all.count)
  }

  @Test(
    "Removed and unknown types are absent",
    arguments: [-1, 4, 5, 31, 32, 33, 36, 37, 38, 43, Int.max])
  func unknownTypes(id: Int) {
    #expect(GGMLType(id: id) == nil)
  }

  @Test("Every field of every format lies in whole bytes")
  func fieldsAreWholeBytes() {
    for type in GGMLType.all {
      for field in type.format.layout.fields {
        #expect(field.bits.isMultiple(of: 8), "\(type.name).\(field.name)")
      }
    }
  }

  @Test("A row is padded to whole blocks")
  func padding() {
    #expect(StorageFormat.q4_0.bytes(rows: 3, columns: 33).count == 3 * 2 * 18)
    #expect(StorageFormat.q4_k.divides(columns: 576) == false)
    #expect(StorageFormat.q4_0.divides(columns: 576))
  }

  @Test("A file type is found by its name and by llama-quantize's aliases")
  func mixNames() {
    #expect(GGMLMix(name: "q4_k") == .q4_k_m)
    #expect(GGMLMix(name: "q5_k") == .q5_k_m)
    #expect(GGMLMix(name: "q3_k") == .q3_k_m)
    #expect(GGMLMix(name: "q4_k_xl") == nil)
    for mix in GGMLMix.allCases { #expect(GGMLMix(name: mix.id) == mix) }
  }
}
