import QuantizationFormats
import Roofline
import Testing
import TransformerModels
import Units

@Suite("Whole generations")
struct GenerationTests {
  private func estimator(_ model: String = "llama-2-7b") throws -> Estimator {
    try Fixture.estimator(model, "w16a16", on: "nvidia-a100-80gb-sxm")
  }

  private func prefill(_ estimator: Estimator, _ tokens: Int, batch: Int) -> Double {
    estimator.estimate(Pass(sequences: batch, newTokens: tokens, cachedBefore: 0))
      .bound.seconds.value
  }

  private func decode(_ estimator: Estimator, _ context: Int, batch: Int) -> Double {
    estimator.estimate(Pass(decodingAt: context, sequences: batch)).bound.seconds.value
  }

  @Test(
    "With a cache, the prefill makes the first token and a decode step each other",
    arguments: [(1, 100, 50), (4, 1, 1), (2, 700, 3)])
  func withCache(batch: Int, prompt: Int, generate: Int) throws {
    let estimator = try estimator()
    let generation = try #require(
      estimator.generation(Workload(batch: batch, prompt: prompt, generate: generate)))
    // After a prompt of P, step i sees P + i tokens, i = 1...G - 1.
    let steps = (1..<generate).reduce(0.0) {
      $0 + decode(estimator, prompt + $1, batch: batch)
    }
    let sum = prefill(estimator, prompt, batch: batch) + steps
    #expect(Number.agree(generation.seconds.value, sum))
    #expect(Number.agree(generation.tokensPerSecond, Double(batch * generate) / sum))
  }

  @Test("Without a prompt every token is a decode step")
  func withoutPrompt() throws {
    let estimator = try estimator()
    let generation = try #require(estimator.generation(Workload(prompt: 0, generate: 20)))
    let sum = (1...20).reduce(0.0) { $0 + decode(estimator, $1, batch: 1) }
    #expect(Number.agree(generation.seconds.value, sum))
  }

  @Test(
    "Without a cache every token reads all before it again", arguments: [(1, 100), (900, 1024)])
  func withoutCache(prompt: Int, generate: Int) throws {
    let estimator = try estimator()
    let generation = try #require(
      estimator.generation(Workload(prompt: prompt, generate: generate)))
    // Prompts of P, P + 1, ... P + G - 1 tokens
    let sum = (prompt..<(prompt + generate)).reduce(0.0) {
      $0 + prefill(estimator, $1, batch: 1)
    }
    #expect(Number.agree(generation.secondsWithoutCache.value, sum))
    #expect(generation.cacheSpeedup > 1)
  }

  @Test("Beyond 1024 tokens sampled steps agree with all within 0.1 %", arguments: [1, 3000])
  func sampled(prompt: Int) throws {
    let estimator = try estimator()
    let generation = try #require(
      estimator.generation(Workload(prompt: prompt, generate: 2500)))
    let sum = (prompt..<(prompt + 2500)).reduce(0.0) {
      $0 + prefill(estimator, $1, batch: 1)
    }
    let sampled = generation.secondsWithoutCache.value
    #expect(abs(sampled - sum) < 0.001 * sum, "\(sampled) \(sum)")
  }

  @Test("Nothing generated is no generation")
  func nothing() throws {
    let generation = try estimator().generation(Workload(prompt: 10, generate: 0))
    #expect(generation?.seconds == nil)
  }

  @Test("A cache helps more the longer the text")
  func speedup() throws {
    let estimator = try estimator()
    let speedups = try [16, 64, 256, 1024].map {
      try #require(estimator.generation(Workload(prompt: $0, generate: $0))).cacheSpeedup
    }
    #expect(speedups == speedups.sorted())
  }
}
