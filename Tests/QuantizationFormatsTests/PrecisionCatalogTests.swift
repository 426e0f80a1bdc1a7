import QuantizationFormats
import Testing
import Units

@Suite("Precision catalog")
struct PrecisionCatalogTests {
  static let contractNames = [
    "f32", "f16", "bf16", "fp8", "int8", "int4", "q4_0", "q8_0", "q4_k_m", "iq4_xs", "mxfp4",
    "nvfp4", "llm-int8", "nf4", "nf4-dq", "fp4", "gptq-4bit-g128", "awq-4bit-g128",
    "smoothquant-o1", "smoothquant-o2", "smoothquant-o3", "omniquant-w4a16-g128",
    "omniquant-w4a4", "omniquant-w6a6", "rptq-w4a16", "rptq-w4a8", "rptq-w4a4", "rptq-w4a4kv",
    "rptq-w4a3kv", "rptq-w3a3kv", "w4a16", "w4a16-g128", "w4a8kv4",
  ]

  @Test("Every promised name is in the list", arguments: contractNames)
  func namesAreListed(name: String) throws {
    #expect(PrecisionCatalog.all.contains { $0.id == name })
    #expect(try PrecisionCatalog.precision(name).id == name)
  }

  @Test("Names are unique and find themselves")
  func namesAreUnique() throws {
    #expect(Set(PrecisionCatalog.all.map(\.id)).count == PrecisionCatalog.all.count)
    for precision in PrecisionCatalog.all {
      #expect(try PrecisionCatalog.precision(precision.id) == precision)
    }
  }

  @Test(
    "A notation is its own identifier",
    arguments: [
      "gptq-3bit-g64", "gptq-8bit-channel", "awq-2bit-g32", "omniquant-w3a16",
      "omniquant-w2a16-g64", "omniquant-w8a8", "rptq-w4a8kv", "rptq-w2a6", "w8a8", "w16a16",
      "w32a32", "w3a16-g40", "w4a8kv4-g128", "w1a1kv1", "w4a16kv32",
    ])
  func notations(notation: String) throws {
    #expect(try PrecisionCatalog.precision(notation).id == notation)
  }

  @Test("Case, leading zeros and aliases lead to the one identifier")
  func spellings() throws {
    #expect(try PrecisionCatalog.precision("Q4_K_M").id == "q4_k_m")
    #expect(try PrecisionCatalog.precision("q4_k").id == "q4_k_m")
    #expect(try PrecisionCatalog.precision("W04A16").id == "w4a16")
    #expect(try PrecisionCatalog.precision("gptq-4bit-g-1").id == "gptq-4bit-channel")
  }

  @Test("Every notation in the list of notations can be read")
  func listedNotations() throws {
    for notation in PrecisionCatalog.notations {
      #expect(try PrecisionCatalog.precision(notation.pattern).id == notation.pattern)
    }
  }

  @Test(
    "A hostile notation is refused by name",
    arguments: [
      "", " ", "w", "w4", "w4a", "wa16", "w0a4", "w17a4", "w4a0", "w4a9", "w-4a4", "w4a16-g0",
      "w4a16-g", "w4a16-g-1", "w4a16-g65537", "w16a16-g128", "w4a8kv", "w4a8kv0", "w4a8kv33",
      "w999999999999999999999a4", "w4a999999999999999999999", "w4a16-g99999999999999999999",
      "w4a16x", "w4a16-g128-g128", "w4 a16", "gptq-4bit-g0", "gptq-5bit-g128", "gptq-4bit",
      "gptq-4bit-", "gptq-bit-g128", "gptq-4-g128", "gptq", "awq-4bit-channel", "omniquant-w4a8",
      "omniquant-w1a1", "omniquant-w4a4-g128", "rptq-w4", "rptq-w9a8", "rptq-w4a4k", "nf5",
      "q4_2", "q8_1", "smoothquant-o4", "wａ16", "w４a16", "q4_\u{212A}", "w4a16\u{301}", "🦙",
    ])
  func hostileNotations(notation: String) {
    #expect(throws: PrecisionError.self) { try PrecisionCatalog.precision(notation) }
  }

  @Test("An error names the notation, what is wrong and what to write")
  func errorTexts() {
    func text(_ notation: String) -> String {
      do {
        return try PrecisionCatalog.precision(notation).id
      } catch {
        return error.description
      }
    }
    #expect(text("w0a4") == "precision 'w0a4': weight bits cannot be 0; write 1 to 16, or 32")
    #expect(
      text("w999999999999999999999a4")
        == "precision 'w999999999999999999999a4': weight bits cannot be a number of 21 digits; "
        + "write 1 to 16, or 32")
    #expect(
      text("gptq-4bit-g0")
        == "precision 'gptq-4bit-g0': weights per group cannot be 0; write 1 to 65536, as in -g128")
    #expect(
      text("w4a") == "precision 'w4a': activation bits are missing; write 1 to 8, 16 or 32")
    #expect(text("what").hasPrefix("unknown precision 'what'; write one of w4a8kv4, "))
    #expect(text(String(repeating: "y", count: 1000)).count < 300)
  }

  @Test("Every precision says what it is")
  func summaries() {
    for precision in PrecisionCatalog.all {
      #expect(!precision.summary.isEmpty)
      for sentence in precision.assumptions { #expect(sentence.hasSuffix("."), "\(sentence)") }
    }
  }
}
