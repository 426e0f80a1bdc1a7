import QuantizationSystems
import Testing

@Suite("Systems side by side")
struct ComparisonTests {
  private static let layers = SyntheticLayer.Kind.allCases.map {
    SyntheticLayer(outputs: 16, inputs: 256, tokens: 288, kind: $0)
  }

  private static func error(_ id: String, _ kind: SyntheticLayer.Kind) throws -> Double {
    let system = try #require(QuantizationSystem.all.first { $0.id == id })
    let index = try #require(SyntheticLayer.Kind.allCases.firstIndex(of: kind))
    return try system.error(on: layers[index])
  }

  @Test(
    "Every system has an id of its own and multiplies every layer",
    arguments: QuantizationSystem.all.map(\.id))
  func finite(_ id: String) throws {
    #expect(QuantizationSystem.all.filter { $0.id == id }.count == 1)
    for kind in SyntheticLayer.Kind.allCases {
      let error = try Self.error(id, kind)
      #expect(error.isFinite && error < 1.5)
    }
  }

  @Test(
    "Each method beats what it claims to beat",
    arguments: [
      ("gptq-4bit-g128", "rtn-4bit", SyntheticLayer.Kind.correlated),
      ("gptq-3bit-g128", "rtn-3bit", .correlated), ("gptq-2bit-g128", "rtn-2bit", .correlated),
      ("omniquant-w4a16", "rtn-4bit", .correlated), ("omniquant-w3a16", "rtn-3bit", .correlated),
      ("omniquant-w2a16", "rtn-2bit", .correlated), ("awq-4bit", "rtn-4bit", .outliers),
      ("smoothquant-o1", "int8-tensor", .outliers), ("smoothquant-o2", "int8-tensor", .outliers),
      ("smoothquant-o3", "int8-tensor", .outliers), ("inc-u8s8", "int8-tensor", .outliers),
      ("llm-int8", "int8-tensor", .outliers), ("llm-int8-half", "llm-int8", .outliers),
      ("omniquant-w4a4", "rtn-w4a4", .outliers), ("omniquant-w6a6", "rtn-w6a6", .outliers),
      ("rptq-w4a4", "static-w4a4", .outliers), ("nf4", "fp4", .normal),
    ])
  func beats(_ better: String, _ worse: String, _ kind: SyntheticLayer.Kind) throws {
    #expect(try Self.error(better, kind) < Self.error(worse, kind))
  }
}
