import HardwareProfiles
import QuantizationFormats
import Roofline
import Testing
import TransformerModels
import Units

@Suite("Inverse questions")
struct PlannerTests {
  private func planner(
    _ model: String, _ precision: String, on device: String, target: Double? = nil
  ) throws -> Planner {
    Planner(
      estimator: try Fixture.estimator(model, precision, on: device),
      targetTokensPerSecond: target)
  }

  static let cases: [(String, String, String, Double?)] = [
    ("llama-2-7b", "q4_0", "nvidia-rtx-3090", nil), ("llama-2-7b", "q4_0", "nvidia-rtx-3090", 60),
    ("gemma-3-4b", "q8_0", "apple-m1-8-core-gpu", nil),
    ("mixtral-8x7b", "q4_k_m", "nvidia-a100-40gb-sxm", 20),
    ("deepseek-v2-lite", "w16a16", "nvidia-a100-40gb-sxm", nil),
  ]

  @Test("The longest context is feasible and one token more is not", arguments: cases)
  func longestContext(model: String, precision: String, device: String, target: Double?) throws {
    let planner = try planner(model, precision, on: device, target: target)
    for batch in [1, 3] {
      let longest = try #require(planner.longestContext(batch: batch, limit: 1 << 28))
      #expect(longest < 1 << 28)
      #expect(planner.isFeasible(batch: batch, context: longest))
      #expect(!planner.isFeasible(batch: batch, context: longest + 1))
    }
  }

  @Test("The largest batch is feasible and one sequence more is not", arguments: cases)
  func largestBatch(model: String, precision: String, device: String, target: Double?) throws {
    let planner = try planner(model, precision, on: device, target: target)
    for context in [512, 4096] {
      let largest = try #require(planner.largestBatch(context: context, limit: 1 << 28))
      #expect(planner.isFeasible(batch: largest, context: context))
      #expect(!planner.isFeasible(batch: largest + 1, context: context))
    }
  }

  @Test("The longest context of Llama-2-7B in fp16 on 24 GiB, by hand")
  func byHand() throws {
    var device = MadeUpDevice()
    device.capacity = 24 * 1_073_741_824
    let planner = Planner(
      estimator: try Fixture.estimator(
        Fixture.plan("llama-2-7b", "w16a16"), on: device.profile()))
    // What the weights and the logits (2 * 4096 * 2 + 32000 * 4 bytes) leave, at 524,288 a token
    let left = 24 * 1_073_741_824 - 2 * 6_738_415_616 - 144_384
    #expect(planner.longestContext(batch: 1, limit: 1 << 20) == left / 524_288)
    #expect(planner.longestContext(batch: 1, limit: 1000) == 1000)
    // Each of B sequences of 512 tokens takes 512 * 524,288 + 144,384 bytes.
    let room = 24 * 1_073_741_824 - 2 * 6_738_415_616
    #expect(planner.largestBatch(context: 512) == room / (512 * 524_288 + 144_384))
  }

  @Test("A target decides by the speed of each sequence")
  func target() throws {
    var device = MadeUpDevice()
    device.bandwidth = 1e12
    let plan = try Fixture.plan("llama-2-7b", "w16a16")
    let planner = Planner(
      estimator: try Fixture.estimator(plan, on: device.profile()), targetTokensPerSecond: 50)
    // 1e12 / 50 = 2e10 bytes in a step: weights without the embedding, one row, the cache
    let left = 20_000_000_000 - 2 * (6_738_415_616 - 32000 * 4096) - 2 * 4096
    #expect(planner.longestContext(batch: 1, limit: 1 << 20) == left / 524_288)
  }

  @Test("What does not fit at all has no answer")
  func infeasible() throws {
    let small = try planner("llama-3-70b", "w16a16", on: "nvidia-rtx-3090")
    #expect(small.longestContext(batch: 1, limit: 100) == nil)
    #expect(small.largestBatch(context: 1) == nil)
    let fast = try planner("llama-2-7b", "q4_0", on: "nvidia-rtx-3090", target: 1e9)
    #expect(fast.longestContext(batch: 1, limit: 100) == nil)
    let fine = try planner("llama-2-7b", "q4_0", on: "nvidia-rtx-3090")
    #expect(fine.longestContext(batch: 1, limit: 0) == nil)
    #expect(fine.largestBatch(context: 1, limit: -5) == nil)
    #expect(!fine.isFeasible(batch: 0, context: 1))
    #expect(!fine.isFeasible(batch: 1, context: Int.max))
  }

  @Test("An unknown capacity never fits")
  func unknownCapacity() throws {
    var device = MadeUpDevice()
    device.capacity = nil
    let planner = Planner(
      estimator: try Fixture.estimator(
        Fixture.plan("llama-2-7b", "w16a16"), on: device.profile()))
    #expect(planner.longestContext(batch: 1, limit: 10) == nil)
  }
}
