import Foundation
import HardwareProfiles
import Roofline
import StrictJSON
import Testing

@Suite struct OperationPredictorTests {
  private static func predictor() throws -> OperationPredictor {
    let operations = [
      ("norm", 1, 100, 1e-6), ("norm", 1, 200, 3e-6), ("norm", 2, 100, 5e-7),
      ("attention_decode/f16/64/1", 1, 100, 1e-6), ("attention_decode/f16/128/1", 1, 100, 3e-6),
    ].map { name, threads, size, seconds in
      #"{"name": "\#(name)", "threads": \#(threads), "size": \#(size), "seconds": \#(seconds)}"#
    }.joined(separator: ", ")
    let text = """
      {"schema_version": 1, "id": "x", "name": "X", "vendor": "x", "kind": "cpu",
       "architecture": "x", "memory": {}, "compute": [],
       "kernels": {"source": "made up", "reads": [], "rates": [], "streams": [], "dispatch": [],
         "operations": [\(operations)]}}
      """
    let profile = try StrictJSON.decode(
      HardwareProfile.self, from: Data(text.utf8), file: "x.json")
    return try #require(OperationPredictor(profile))
  }

  private static func close(_ value: Double?, _ expected: Double) -> Bool {
    abs((value ?? .nan) / expected - 1) < 1e-12
  }

  @Test func `times are linear between sizes and go on beyond the last`() throws {
    let predictor = try Self.predictor()
    #expect(Self.close(predictor.seconds("norm", size: 150, threads: 1), 2e-6))
    #expect(Self.close(predictor.seconds("norm", size: 300, threads: 1), 5e-6))
    #expect(Self.close(predictor.seconds("norm", size: 1, threads: 1), 1e-6))
    #expect(Self.close(predictor.seconds("norm", size: 9, threads: 2), 5e-7))
    #expect(predictor.seconds("norm", size: 9, threads: 4) == nil)
  }

  @Test func `attention is that of the nearest width, in proportion`() throws {
    let predictor = try Self.predictor()
    func seconds(width: Int, cache: String = "f16", isDecode: Bool = true) -> Double? {
      predictor.attention(
        AttentionWork(
          cache: cache, isDecode: isDecode, size: 100, heads: 2, queriesPerKey: 1, width: width,
          threads: 1))
    }
    #expect(Self.close(seconds(width: 64), 2e-6))
    #expect(Self.close(seconds(width: 80), 2.5e-6))
    #expect(Self.close(seconds(width: 112), 5.25e-6))
    #expect(seconds(width: 64, cache: "q8_0") == nil)
    #expect(seconds(width: 64, isDecode: false) == nil)
  }
}
