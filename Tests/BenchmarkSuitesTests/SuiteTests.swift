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

  @Test(arguments: [
    (#"{"subject": "matmul", "formats": ["q8_0"], "tokens": [1]}"#, "shapes: is missing"),
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
