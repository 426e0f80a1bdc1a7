import HardwareProfiles
import QuantizationFormats
import Roofline
import Testing
import TransformerModels
import Units

// facts/peers.md, "Checklist our model must not fail", the lines about speed.

@Suite("Speeds that other estimators get wrong")
struct ChecklistSpeedTests {
  private let step = Pass(decodingAt: 1, sequences: 1)

  @Test("Context slows decode by its bytes: 4096 tokens of Llama-2-7B add 2.147 GB")
  func contextInSpeed() throws {
    let estimator = try Fixture.estimator("llama-2-7b", "w16a16", on: "nvidia-a100-80gb-sxm")
    let near = estimator.estimate(step).bound.seconds.value
    let far = estimator.estimate(Pass(decodingAt: 4097, sequences: 1)).bound.seconds.value
    // 4096 tokens * 524,288 bytes at 2039 GB/s; the difference of two times loses some digits
    let added = 4096 * 524_288 / 2039e9
    #expect(Number.agree(far, near + added))
  }

  @Test("A gigabyte per second is 10^9 bytes")
  func gigabytes() throws {
    let estimator = try Fixture.estimator(
      Fixture.plan("llama-2-7b", "w16a16"), on: MadeUpDevice().profile())
    let phase = estimator.estimate(step)
    // 1e12 bytes/s: as many picoseconds as bytes, and not 7 % fewer
    #expect(Number.agree(phase.memoryTime.value * 1e12, phase.cost.compulsoryTraffic.count))
  }

  @Test("Weights, cache and activations have formats of their own")
  func separateFormats() throws {
    let base = try Fixture.plan("llama-2-7b", "w4a16")
    let cache = try Fixture.plan("llama-2-7b", "w4a16kv8")
    let activations = try Fixture.plan("llama-2-7b", "w4a8kv8")
    #expect(cache.weights == base.weights)
    #expect(cache.cacheBytesPerToken == base.cacheBytesPerToken / 2)
    #expect(activations.weights == base.weights)
    #expect(activations.cacheBytesPerToken == cache.cacheBytesPerToken)
    let profile = try Fixture.profile("nvidia-a100-80gb-sxm")
    func moved(_ plan: OperationPlan) throws -> Double {
      try Fixture.estimator(plan, on: profile).estimate(step).cost.activations.count
    }
    // The f32 logits stay.
    let logits = 4.0 * 32000
    #expect(try moved(cache) == moved(base))
    #expect(try moved(activations) - logits == (moved(base) - logits) / 2)
  }

  @Test(
    "The kernel decides the rate: W4A16 multiplies half floats, W8A8 int8, W4A4 int4",
    arguments: [
      ("w4a16", ComputeUnit.fp16, 312e12), ("gptq-4bit-g128", .fp16, 312e12),
      ("nf4", .fp16, 312e12), ("w8a8", .int8, 624e12), ("smoothquant-o3", .int8, 624e12),
      ("w4a4", .int4, 1248e12), ("w4a8", .int8, 624e12), ("w16a16", .fp16, 312e12),
      ("w32a32", .fp32, 19.5e12),
    ])
  func rateByKernel(precision: String, unit: ComputeUnit, rate: Double) throws {
    let estimator = try Fixture.estimator("llama-2-7b", precision, on: "nvidia-a100-80gb-sxm")
    let linear = try #require(estimator.device.linear)
    #expect(linear.unit == unit)
    #expect(linear.fastest == OperationsPerSecond(rate))
  }

  @Test("Planner, offload, generation and estimate give one time for one step")
  func oneEstimator() throws {
    let estimator = try Fixture.estimator("llama-2-7b", "q4_0", on: "nvidia-rtx-3090")
    let speed = estimator.estimate(Pass(decodingAt: 1, sequences: 1)).bound
    let generation = try #require(estimator.generation(Workload(prompt: 0, generate: 1)))
    #expect(generation.seconds == speed.seconds)
    let rate = speed.tokensPerSecond
    #expect(
      Planner(estimator: estimator, targetTokensPerSecond: rate).isFeasible(batch: 1, context: 1))
    #expect(
      !Planner(estimator: estimator, targetTokensPerSecond: rate.nextUp)
        .isFeasible(batch: 1, context: 1))
    let offload = try Offload(
      plan: estimator.plan, layers: 0, device: estimator.device, host: estimator.device,
      workload: try Workload(prompt: 0, generate: 0, context: 1))
    #expect(try #require(offload.decode).seconds == speed.seconds)
  }

  @Test("A pipeline is no faster than its stages one after the other")
  func serialPipeline() throws {
    let one = try Fixture.estimator("llama-2-70b", "q4_k_m", on: "nvidia-a100-80gb-sxm")
    let single = one.estimate(step).bound.seconds.value
    for stages in [2, 4, 8] {
      let pipeline = try Fixture.estimator(
        "llama-2-70b", "q4_k_m", on: "nvidia-a100-80gb-sxm", .pipeline(stages))
      #expect(Number.isAtMost(single, pipeline.estimate(step).bound.seconds.value))
    }
  }

  @Test("Nonsense is refused: no context, three devices for eight heads")
  func refusals() throws {
    #expect(throws: WorkloadError.self) { try Workload(context: 0) }
    #expect(throws: WorkloadError.self) { try Workload(context: -5) }
    let model = HandBuiltModels.llama("test", layers: 2, width: 1024, heads: 8, hidden: 3072)
    let plan = try Fixture.plan(model, "w16a16")
    let error = #expect(throws: ParallelismError.self) { try Parallelism.tensor(3).check(plan) }
    #expect(error?.problem.contains("8 attention heads") == true)
    #expect(error?.problem.hasSuffix("1, 2, 4, 8") == true)
  }

  @Test(
    "GeForce cards halve the rate with an fp32 accumulator; the bound takes the fp16 one",
    arguments: [
      ("nvidia-rtx-4090", 330.3e12, 165.2e12), ("nvidia-rtx-3090", 142.3e12, 71.16e12),
      // Data-centre and Apple parts do not.
      ("nvidia-a100-80gb-sxm", 312e12, 312e12), ("apple-m1-8-core-gpu", 2.61734e12, 2.61734e12),
    ])
  func halfRate(id: String, fastest: Double, wide: Double) throws {
    let estimator = try Fixture.estimator("llama-2-7b", "f16", on: id)
    let unit = try #require(estimator.device.linear)
    #expect(unit.fastest == OperationsPerSecond(fastest))
    #expect(unit.wideAccumulator == OperationsPerSecond(wide))
    let phase = estimator.estimate(Pass(sequences: 1, newTokens: 2048, cachedBefore: 0))
    #expect(
      Number.agree(
        try #require(phase.computeTime).value, phase.cost.matrixOperations.count / fastest))
    #expect(Number.isAtMost(phase.cost.linear.count / wide, phase.roofline.seconds.value))
  }

  @Test(
    "Rates are dense: half of what datasheets print with sparsity",
    arguments: [
      ("nvidia-a100-80gb-sxm", ComputeUnit.fp16, 624.0), ("nvidia-a100-80gb-sxm", .int8, 1248.0),
      ("nvidia-h100-80gb-sxm", .fp16, 1979.0), ("nvidia-h100-80gb-sxm", .fp8, 3958.0),
      ("nvidia-rtx-4090", .int8, 1321.0),
    ])
  func denseRates(id: String, unit: ComputeUnit, sparse: Double) throws {
    let rate = try #require(try Fixture.profile(id).fastestRate(of: unit)).peak.value
    #expect(Number.rounds(2 * rate / 1e12, to: sparse, decimals: 0), "\(rate)")
  }
}
