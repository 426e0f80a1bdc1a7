import HardwareProfiles
import QuantizationFormats
import Roofline
import Testing
import TransformerModels
import Units

// facts/peers.md, "Checklist our model must not fail": nearly all lines are broken by a peer.

@Suite("Sizes that other estimators get wrong")
struct ChecklistTests {
  private func cost(_ model: String, _ precision: String, _ pass: Pass) throws -> PassCost {
    try Fixture.estimator(model, precision, on: "nvidia-h100-80gb-sxm").estimate(pass).cost
  }

  @Test("Block scales count: Q4_0 takes 18 bytes for 32 weights, in memory and in speed")
  func blockScales() throws {
    let plan = try Fixture.plan("llama-2-7b", "q4_0")
    #expect(plan.weightsByRole[.up] == Bytes(Number.whole(32 * 11008 * 4096 / 32 * 18)))
    #expect(plan.weights == Bytes(3_825_065_984))
    let estimator = try Fixture.estimator("llama-2-7b", "q4_0", on: "nvidia-h100-80gb-sxm")
    let rows = estimator.operations(of: Pass(decodingAt: 1, sequences: 1))
    let read = rows.filter { $0.kind == .linear(.up) }.map(\.weights)
    // One row for each group of layers alike; together what is stored.
    #expect(read.reduce(Bytes.zero, +) == plan.weightsByRole[.up])
  }

  @Test("Q4_K_M mixes types: values and down-projections lie between Q4_K and Q6_K")
  func mixedTypes() throws {
    let plan = try Fixture.plan("llama-2-7b", "q4_k_m")
    func bits(_ role: TensorRole, _ weights: Int) throws -> Double {
      try #require(plan.weightsByRole[role]).count * 8 / Double(weights)
    }
    #expect(try bits(.query, 32 * 4096 * 4096) == 4.5)
    // 16 of 32 layers have more bits: 4 first, 4 last, 8 of the 24 between: (4.5 + 6.5625) / 2
    #expect(try bits(.value, 32 * 4096 * 4096) == 5.53125)
    #expect(try bits(.down, 32 * 4096 * 11008) == 5.53125)
    #expect(try bits(.outputHead, 32000 * 4096) == 6.5625)
    #expect(Number.rounds(plan.weightBitsPerParameter, to: 4.84, decimals: 2))
  }

  @Test("The embedding is read by rows, the head whole")
  func embeddingAndHead() throws {
    let cost = try cost("llama-3-8b", "w16a16", Pass(sequences: 2, newTokens: 7, cachedBefore: 0))
    #expect(cost.embeddingRows == Bytes(2 * 7 * 4096 * 2))
    let plan = try Fixture.plan("llama-3-8b", "w16a16")
    #expect(plan.weights - cost.weights == Bytes(128_256 * 4096 * 2))
  }

  @Test("A tied embedding is stored once")
  func tiedEmbeddings() throws {
    let model = try Fixture.model("gemma-2b")
    var untied = model
    untied.embedding.isTied = false
    let more = try Fixture.plan(untied, "w16a16").weights - Fixture.plan(model, "w16a16").weights
    #expect(more == Bytes(256_000 * 2048 * 2))
  }

  @Test("Grouped heads shrink the cache in prefill, decode, memory and on several devices")
  func groupedQueries() throws {
    // Llama-3-70B: 8 of 64 heads; 80 * 2 * 8 * 128 * 2 bytes for a token
    let perToken = 327_680
    let step = try cost("llama-3-70b", "w16a16", Pass(decodingAt: 100, sequences: 1))
    #expect(step.cacheRead == Bytes(100 * perToken))
    let prompt = Pass(sequences: 1, newTokens: 100, cachedBefore: 0)
    #expect(try cost("llama-3-70b", "w16a16", prompt).cacheWritten == Bytes(100 * perToken))
    for parallelism in [Parallelism.single, .tensor(4), .tensor(8)] {
      let estimator = try Fixture.estimator(
        "llama-3-70b", "w16a16", on: "nvidia-h100-80gb-sxm", parallelism)
      let workload = try Workload(prompt: 0, generate: 0, context: 100)
      let cache = estimator.estimate(workload).memory.cache
      #expect(cache == Bytes(100 * perToken / parallelism.devices))
    }
  }

  @Test("The width of a head comes from the configuration")
  func headWidth() throws {
    // Mistral-Nemo: d = 5120, 32 heads of 128, not of 160; 40 layers, 8 key and value heads
    let plan = try Fixture.plan("mistral-nemo-12b", "w16a16")
    #expect(plan.cacheBytesPerToken == Bytes(40 * 2 * 8 * 128 * 2))
    #expect(plan.weightsByRole[.query] == Bytes(Number.whole(40 * 4096 * 5120 * 2)))
  }

  @Test(
    "Quantized caches have scales: 34, 22, 20 and 18 bytes for 32 numbers",
    arguments: [("q8_0", 34), ("q5_0", 22), ("q4_1", 20), ("q4_0", 18), ("f16", 64)])
  func cacheScales(cache: String, bytes: Int) throws {
    let precision = try PrecisionCatalog.precision("q4_k_m").replacingKVCache(
      with: try KVCacheFormat.named(cache))
    let plan = OperationPlan(model: try Fixture.model("llama-2-7b"), precision: precision)
    #expect(plan.cacheBytesPerToken == Bytes(32 * 2 * 4096 / 32 * bytes))
  }

  @Test("Keys and values may differ in type")
  func mixedCache() throws {
    let precision = try PrecisionCatalog.precision("q4_k_m").replacingKVCache(
      with: try KVCacheFormat.named("q8_0/q4_0"))
    let plan = OperationPlan(model: try Fixture.model("llama-2-7b"), precision: precision)
    #expect(plan.cacheBytesPerToken == Bytes(32 * 4096 / 32 * (34 + 18)))
  }

  @Test("A prompt has half the pairs of a square, and the diagonal")
  func causalHalf() throws {
    let cost = try cost(
      "llama-2-7b", "w16a16", Pass(sequences: 1, newTokens: 2048, cachedBefore: 0))
    #expect(cost.attention.count == Number.whole(32 * 4 * 4096 * (2048 * 2049 / 2)))
  }

  @Test("Logits are made for the last token of a prompt")
  func logitsOfLastToken() throws {
    let estimator = try Fixture.estimator("llama-2-7b", "w16a16", on: "nvidia-h100-80gb-sxm")
    for tokens in [1, 10, 1000] {
      let rows = estimator.operations(of: Pass(sequences: 3, newTokens: tokens, cachedBefore: 0))
      let head = rows.filter { $0.kind == .outputHead }.map(\.operations.count)
      #expect(head == [Number.whole(3 * 2 * 32000 * 4096)])
    }
  }

  @Test("Activations peak at the largest set alive, whatever the number of layers")
  func activationPeak() throws {
    var model = try Fixture.model("llama-2-7b")
    let workload = try Workload(prompt: 100, generate: 0)
    let profile = try Fixture.profile("nvidia-h100-80gb-sxm")
    let peak = try Fixture.estimator(Fixture.plan(model, "w16a16"), on: profile)
      .estimate(workload).memory.activations
    model.layers[0].count = 1
    let one = try Fixture.estimator(Fixture.plan(model, "w16a16"), on: profile)
      .estimate(workload).memory.activations
    #expect(peak == one)
  }

  @Test("Of a mixture all experts are stored, the expected ones read, k multiplied")
  func mixture() throws {
    // Qwen3-30B-A3B: 48 layers, 8 of 128 experts of 3 * 2048 * 768
    let expert = 3 * 2048 * 768
    let plan = try Fixture.plan("qwen3-30b-a3b", "w16a16")
    #expect(plan.weights(of: .experts) == Bytes(Number.whole(48 * 128 * expert * 2)))
    let one = try cost("qwen3-30b-a3b", "w16a16", Pass(decodingAt: 1, sequences: 1))
    let two = try cost("qwen3-30b-a3b", "w16a16", Pass(decodingAt: 1, sequences: 2))
    // 128 (1 - (15/16)^2) = 15.5 experts for two tokens, 7.5 more than for one
    #expect((two.weights - one.weights).count == Number.whole(48 * expert * 2 * 15 / 2))
    #expect(two.linear == one.linear * 2)
  }
}
