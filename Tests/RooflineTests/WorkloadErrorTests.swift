import Roofline
import Testing
import Units

@Suite("Workloads that make no sense")
struct WorkloadErrorTests {
  private func error(
    batch: Int = 1, prompt: Int = 1, generate: Int = 1, context: Int? = nil
  ) -> WorkloadError? {
    do throws(WorkloadError) {
      _ = try Workload(batch: batch, prompt: prompt, generate: generate, context: context)
      return nil
    } catch {
      return error
    }
  }

  @Test("A batch below one or above 2^30 names the option", arguments: [0, -1, Int.min, Int.max])
  func batch(value: Int) {
    #expect(error(batch: value)?.description == "--batch: is \(value); must be 1 to 1073741824")
    #expect(error(batch: value)?.field == "batch")
  }

  @Test("Negative or absurd token counts name the option", arguments: [-1, Int.min, 1 << 31])
  func tokens(value: Int) {
    #expect(error(prompt: value)?.description == "--prompt: is \(value); must be 0 to 1073741824")
    #expect(
      error(generate: value)?.description == "--generate: is \(value); must be 0 to 1073741824")
  }

  @Test("A context below one or absurd names the option", arguments: [0, -7, Int.max])
  func context(value: Int) {
    #expect(
      error(context: value)?.description == "--context: is \(value); must be 1 to 1073741824")
  }

  @Test("Nothing to do is an error")
  func nothing() {
    #expect(error(prompt: 0, generate: 0)?.field == "prompt")
    #expect(error(prompt: 0, generate: 0, context: 1) == nil)
  }

  @Test("The limits themselves are accepted")
  func limits() {
    #expect(error(batch: 1 << 30, prompt: 1 << 30, generate: 1 << 30, context: 1 << 30) == nil)
    #expect(error(batch: (1 << 30) + 1)?.field == "batch")
    #expect(error(batch: 1, prompt: 0, generate: 1) == nil)
  }

  @Test("The largest workload of all gives finite numbers")
  func largest() throws {
    let limit = Workload.limit
    let workload = try Workload(batch: limit, prompt: limit, generate: limit)
    for model in ["llama-3.1-405b", "deepseek-v3", "gemma-3-27b"] {
      let estimator = try Fixture.estimator(model, "w16a16", on: "nvidia-h100-80gb-sxm")
      let estimate = estimator.estimate(workload)
      for phase in [estimate.prefill, estimate.decode] {
        let phase = try #require(phase)
        #expect(Number.isCount(phase.bound.seconds.value))
        #expect(Number.isCount(phase.roofline.tokensPerSecond))
      }
      #expect(Number.isCount(estimate.memory.total.count))
      let generation = try #require(estimator.generation(workload))
      #expect(Number.isCount(generation.secondsWithoutCache.value))
    }
  }

  @Test("The cache must hold the prompt and all that is generated, or the context if longer")
  func cachedTokens() throws {
    #expect(try Workload(prompt: 100, generate: 28).cachedTokens == 128)
    #expect(try Workload(prompt: 100, generate: 28, context: 500).cachedTokens == 500)
    #expect(try Workload(prompt: 100, generate: 28, context: 5).cachedTokens == 128)
  }

  @Test("Decode averages over the generated tokens unless a context is given")
  func decodePass() throws {
    // Tokens 101...110 are seen: 105.5 on average.
    #expect(try Workload(prompt: 100, generate: 10).decode?.context == 105.5)
    #expect(try Workload(prompt: 100, generate: 10, context: 7).decode?.context == 7)
    #expect(try Workload(prompt: 0, generate: 128).prefill?.tokens == nil)
    #expect(try Workload(prompt: 9, generate: 0).decode?.tokens == nil)
    #expect(try Workload(batch: 3, prompt: 9, generate: 0).prefill?.tokens == 27)
  }
}
