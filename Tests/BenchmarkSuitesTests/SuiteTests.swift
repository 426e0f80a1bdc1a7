import BenchmarkSuites
import Foundation
import Kernels
import QuantizationFormats
import StrictJSON
import Testing

@Suite struct SuiteTests {
  private static let target = ExpansionTarget(processors: 6, levels: [.allowed])

  private static func decode(_ groups: String) throws -> Suite {
    let text = #"{"schema_version": 1, "id": "mine", "summary": "x", "groups": [\#(groups)]}"#
    return try SuiteCatalog.decode(Data(text.utf8), file: "mine.json")
  }

  @Test func `every suite that is carried has cases, each once`() throws {
    #expect(SuiteCatalog.ids.contains("kernels") && SuiteCatalog.ids.count >= 7)
    for suite in try SuiteCatalog.all() {
      let cases = try suite.cases(for: Self.target)
      #expect(cases.count > 5, "\(suite.id)")
      #expect(Set(cases.map(\.key)).count == cases.count)
    }
  }

  @Test func `a group is the product of its lists`() throws {
    let suite = try Self.decode(
      """
      {"subject": "matmul", "formats": ["q4_0", "q8_0"],
       "shapes": [{"rows": 64, "columns": 128}, {"rows": 32, "columns": 32}],
       "tokens": [1, 2, 3], "threads": [1, "powers-of-two"], "placements": ["memory", "resident"]}
      """)
    let cases = try suite.cases(for: Self.target)
    // 2 formats x 2 shapes x 2 places x threads 1, 2, 4, 6 x 3 token counts.
    #expect(cases.count == 2 * 2 * 2 * 4 * 3)
    #expect(Set(cases.map(\.threads)) == [1, 2, 4, 6])
  }

  /// Llama-2-7B by its configuration: width 4096, feed-forward 11008, vocabulary 32000.
  @Test func `a model stands for the shapes of its matrices`() throws {
    let suite = try Self.decode(
      #"{"subject": "matmul", "formats": ["q8_0"], "models": ["llama-2-7b"], "tokens": [1]}"#)
    let shapes = Set(try suite.cases(for: Self.target).map { "\($0.rows)x\($0.columns)" })
    #expect(shapes == ["4096x4096", "11008x4096", "4096x11008", "32000x4096"])
  }

  @Test func `shapes that are no whole blocks have no case`() throws {
    let suite = try Self.decode(
      """
      {"subject": "matmul", "formats": ["q8_0", "q4_k"],
       "shapes": [{"rows": 16, "columns": 96}], "tokens": [1]}
      """)
    // 96 is three blocks of 32, and no block of 256.
    #expect(try suite.cases(for: Self.target).map(\.format) == ["q8_0"])
  }

  @Test func `attention is the product of caches, heads, contexts and tokens`() throws {
    let suite = try Self.decode(
      """
      {"subject": "attention", "formats": ["f16", "q4_0"], "threads": [1, "all"],
       "heads": [{"key_value_heads": 2, "queries_per_key": 3, "width": 48}],
       "models": ["llama-3-8b"], "contexts": [64, 500], "tokens": [1, 100]}
      """)
    let cases = try suite.cases(for: Self.target)
    // Blocks of q4_0 do not divide heads of 48. A context of 64 has no 100 new tokens.
    #expect(cases.count == (2 + 1) * 2 * 3)
    let llama = try #require(cases.last)
    #expect(llama.columns == 8 * 128 && llama.heads?.description == "4q128")
    #expect(llama.isa == TransformerISA.best() && llama.key.hasSuffix("memory 4q128"))
    // 100 tokens after 400: 100 x 400 + 1 + 2 + ... + 100 pairs; four queries of 128, twice two.
    #expect(llama.queryKeyPairs == 45_050)
    #expect(llama.operations == 45_050 * 4 * 8 * 128 * 4)
    let data = try JSONEncoder().encode(llama)
    #expect(try JSONDecoder().decode(KernelCase.self, from: data) == llama)
  }

  @Test(arguments: [
    (#"{"subject": "matmul", "formats": ["q8_0"], "tokens": [1]}"#, "shapes: is missing"),
    (
      #"{"subject": "attention", "formats": "all", "contexts": [9], "tokens": [1]}"#,
      "heads: is missing"
    ),
    (
      #"{"subject": "attention", "formats": "all", "models": ["x"], "tokens": [1]}"#,
      "contexts: belong to the subject 'attention', which needs some"
    ),
    (
      #"{"subject": "matmul", "formats": "all", "models": ["x"], "contexts": [9], "tokens": [1]}"#,
      "contexts: belong"
    ),
    (
      """
      {"subject": "attention", "formats": "all", "contexts": [9], "tokens": [1],
       "heads": [{"key_value_heads": 9223372036854775807, "queries_per_key": 1, "width": 2}]}
      """, "from 1 to 1000000"
    ),
    (
      #"{"subject": "matmul", "formats": ["q8_0"], "shapes": [{"rows": 0, "columns": 1}], "tokens": [1]}"#,
      "rows and columns must be at least 1"
    ),
    (
      #"{"subject": "matmul", "formats": "some", "shapes": [], "tokens": [1]}"#,
      "must be a list of formats or"
    ),
    (
      #"{"subject": "matmul", "formats": "all", "models": ["x"], "tokens": [0]}"#, "at least 1"
    ),
    (#"{"subject": "matmul", "formts": []}"#, "formts: unknown key"),
    (#"{"subject": "error", "formats": "all", "models": ["x"], "tokens": [1]}"#, "distributions"),
  ])
  func `a mistake in a suite is named`(group: String, message: String) {
    #expect {
      try Self.decode(group)
    } throws: { "\($0)".hasPrefix("mine.json: groups[0]") && "\($0)".contains(message) }
  }

  @Test func `unknown models and formats are named`() throws {
    let model = try Self.decode(
      #"{"subject": "matmul", "formats": "all", "models": ["lama"], "tokens": [1]}"#)
    #expect { try model.cases(for: Self.target) } throws: { "\($0)".contains("no model 'lama'") }
    let format = try Self.decode(
      """
      {"subject": "matmul", "formats": ["q4_9"], "shapes": [{"rows": 16, "columns": 32}],
       "tokens": [1]}
      """)
    #expect { try format.cases(for: Self.target) } throws: { "\($0)".contains("no format 'q4_9'") }
    let cache = try Self.decode(
      """
      {"subject": "attention", "formats": ["q4_k"], "models": ["llama-2-7b"], "contexts": [9],
       "tokens": [1]}
      """)
    #expect { try cache.cases(for: Self.target) } throws: {
      "\($0)".contains("no cache in the format 'q4_k'")
    }
  }

  @Test(arguments: [
    "q4_0+outliers", "llm-int8+a8", "int4-c32", "int3-c32+a8", "int8-rowsum+outliers", "+static",
  ])
  func `a way that a format has not is no format`(name: String) throws {
    #expect(MeasuredFormats.storage(name) == nil && !MeasuredFormats.ids.contains(name))
    #expect(MeasuredFormats.storage("int3-c32+a3")?.id == "int3-c32")
    let suite = try Self.decode(
      """
      {"subject": "matmul", "formats": ["\(name)"], "shapes": [{"rows": 16, "columns": 32}],
       "tokens": [1]}
      """)
    #expect(throws: SuiteError.self) { try suite.cases(for: Self.target) }
  }

  @Test(arguments: 1...9)
  func `shards partition a suite`(count: Int) throws {
    let cases = try #require(try SuiteCatalog.suite("kernels")).cases(for: Self.target)
    let shards = try (1...count).map { index in
      CaseSelection(shard: try #require(Shard(index: index, of: count))).selected(from: cases)
    }
    let sizes = shards.map(\.count)
    #expect(sizes.reduce(0, +) == cases.count)
    #expect(Set(shards.joined().map(\.key)) == Set(cases.map(\.key)))
    #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
  }

  @Test func `impossible shards do not exist`() {
    for (index, count) in [(0, 1), (2, 1), (-1, 3), (1, 0)] {
      #expect(Shard(index: index, of: count) == nil)
    }
  }

  @Test func `filters keep what all of them want`() throws {
    let cases = try #require(try SuiteCatalog.suite("kernels")).cases(for: Self.target)
    let chosen = CaseSelection(
      formats: ["q4_0"], shapes: [(11008, 4096)], tokens: [1, 512], threads: [6]
    ).selected(from: cases)
    #expect(chosen.map(\.tokens) == [1, 512])
    #expect(chosen.allSatisfy { $0.format == "q4_0" && $0.rows == 11008 && $0.threads == 6 })
  }
}
