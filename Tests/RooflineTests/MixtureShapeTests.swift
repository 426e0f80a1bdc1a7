import QuantizationFormats
import Roofline
import Testing
import TransformerModels
import Units

@Suite("Mixtures of experts")
struct MixtureShapeTests {
  /// Three matrices of 4096 x 14336.
  private let expert = 176_160_768
  /// Mixtral without experts and input embedding: 12,748,853,248 - 32 * 2 experts.
  private let rest = 1_474_564_096

  private func cost(_ model: String, _ pass: Pass) throws -> PassCost {
    try Fixture.estimator(model, "w16a16", on: "nvidia-h100-80gb-sxm").estimate(pass).cost
  }

  @Test("All experts of Mixtral are in memory")
  func memory() throws {
    let plan = try Fixture.plan("mixtral-8x7b", "w16a16")
    #expect(plan.weights == Bytes(2 * 46_702_792_704))
    #expect(plan.weights(of: .experts) == Bytes(Number.whole(2 * 32 * 8 * expert)))
    #expect(plan.activeParameters == 12_879_925_248)
  }

  @Test(
    "A decode step of Mixtral streams 2, 3.5 and 7.2 experts a layer at batch 1, 2 and 8",
    arguments: [
      (1, 2.0),
      (2, 3.5),  // 8 (1 - (6/8)^2) = 8 * 7/16
      (8, 7.199_096_679_687_5),  // 8 (1 - (6/8)^8) = 8 * 58975/65536
    ])
  func distinctExperts(batch: Int, experts: Double) throws {
    let cost = try cost("mixtral-8x7b", Pass(decodingAt: 1, sequences: batch))
    #expect(cost.weights.count == 2 * (Double(rest) + 32 * experts * Double(expert)))
  }

  @Test("Each token is multiplied by two experts at any batch")
  func operations() throws {
    // Matrices that one token passes: streamed parameters without the 65 gains of 4096.
    let passed = 12_748_853_248 - 65 * 4096
    for batch in [1, 2, 8, 100] {
      let cost = try cost("mixtral-8x7b", Pass(decodingAt: 1, sequences: batch))
      #expect(cost.linear.count == Number.whole(2 * passed * batch))
    }
  }

  @Test("A long prompt streams every expert once")
  func prefill() throws {
    let cost = try cost("mixtral-8x7b", Pass(sequences: 1, newTokens: 4096, cachedBefore: 0))
    // (6/8)^4096 is below the smallest fraction of a Double next to 1.
    #expect(cost.weights.count == Number.whole(2 * (rest + 32 * 8 * expert)))
  }

  @Test("Shared experts and routers are streamed once at any batch")
  func sharedExperts() throws {
    let estimator = try Fixture.estimator(
      "qwen1.5-moe-a2.7b", "w16a16", on: "nvidia-h100-80gb-sxm")
    for batch in [1, 64] {
      let operations = estimator.operations(of: Pass(decodingAt: 1, sequences: batch))
      func weights(_ role: TensorRole) -> [Bytes] {
        operations.filter { $0.kind == .linear(role) }.map(\.weights)
      }
      #expect(weights(.sharedExpertUp) == [Bytes(Number.whole(24 * 2 * 5632 * 2048))])
      #expect(weights(.sharedExpertRouter) == [Bytes(Number.whole(24 * 2 * 2048))])
      #expect(weights(.router) == [Bytes(Number.whole(24 * 2 * 60 * 2048))])
    }
  }

  @Test("Four of 60 routed experts and the shared one multiply a token of Qwen1.5-MoE")
  func qwen() throws {
    let estimator = try Fixture.estimator(
      "qwen1.5-moe-a2.7b", "w16a16", on: "nvidia-h100-80gb-sxm")
    let operations = estimator.operations(of: Pass(decodingAt: 1, sequences: 3))
    func multiplied(_ role: TensorRole) -> [Double] {
      operations.filter { $0.kind == .linear(role) }.map(\.operations.count)
    }
    #expect(multiplied(.expertUp) == [Number.whole(24 * 3 * 4 * 2 * 1408 * 2048)])
    #expect(multiplied(.sharedExpertUp) == [Number.whole(24 * 3 * 2 * 5632 * 2048)])
    let experts = estimator.operations(of: Pass(decodingAt: 1, sequences: 1))
      .filter { $0.kind == .linear(.expertUp) }.map(\.weights)
    #expect(experts == [Bytes(Number.whole(24 * 4 * 2 * 1408 * 2048))])
  }

  @Test(
    "A token at batch 1 streams the parameters that the catalog states, every model at 16 bits",
    arguments: ModelCatalog.ids)
  func streamed(id: String) throws {
    let entry = try ModelCatalog.entry(named: id)
    let estimator = try Fixture.estimator(
      Fixture.plan(entry.model, "w16a16"), on: Fixture.profile("nvidia-h100-80gb-sxm"))
    let cost = estimator.estimate(Pass(decodingAt: 1, sequences: 1)).cost
    // A step reads one row of learned positions; the catalog counts all of them.
    let positions = entry.model.embedding.positionRows * entry.model.width
    #expect(cost.weights.count == Number.whole(2 * (entry.parameters.decodeStreamed - positions)))
  }
}
