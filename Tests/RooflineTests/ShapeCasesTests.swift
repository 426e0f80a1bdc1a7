import QuantizationFormats
import Roofline
import Testing
import TransformerModels
import Units

@Suite("Shapes of attention")
struct ShapeCasesTests {
  private func cost(_ model: String, _ pass: Pass) throws -> PassCost {
    try Fixture.estimator(model, "w16a16", on: "nvidia-h100-80gb-sxm").estimate(pass).cost
  }

  @Test("Grouped queries divide the cache by 8 in Llama-3-70B, and leave the products alone")
  func groupedQueries() throws {
    let grouped = try Fixture.model("llama-3-70b")
    var every = grouped
    for index in every.layers.indices { every.layers[index].layer.attention.keyValueHeads = 64 }
    // 80 layers * 2 * 8 heads * 128 * 2 bytes
    #expect(try Fixture.plan(grouped, "w16a16").cacheBytesPerToken == Bytes(327_680))
    #expect(try Fixture.plan(every, "w16a16").cacheBytesPerToken == Bytes(8 * 327_680))
    let profile = try Fixture.profile("nvidia-h100-80gb-sxm")
    for pass in [
      Pass(decodingAt: 4096, sequences: 4), Pass(sequences: 2, newTokens: 512, cachedBefore: 0),
      Pass(sequences: 1, newTokens: 16, cachedBefore: 1000),
    ] {
      let few = try Fixture.estimator(Fixture.plan(grouped, "w16a16"), on: profile).estimate(pass)
      let many = try Fixture.estimator(Fixture.plan(every, "w16a16"), on: profile).estimate(pass)
      #expect(many.cost.cacheRead == few.cost.cacheRead * 8)
      #expect(many.cost.compulsoryCacheRead == few.cost.compulsoryCacheRead * 8)
      #expect(many.cost.cacheWritten == few.cost.cacheWritten * 8)
      #expect(many.cost.attention == few.cost.attention)
    }
  }

  @Test("One key and value head serves all 71 query heads of Falcon-7B")
  func multiQuery() throws {
    // 32 layers * 2 * 1 head * 64 * 2 bytes
    #expect(try Fixture.plan("falcon-7b", "w16a16").cacheBytesPerToken == Bytes(8192))
    let cost = try cost("falcon-7b", Pass(decodingAt: 1000, sequences: 1))
    #expect(cost.attention.count == Number.whole(32 * 4 * 71 * 64 * 1000))
    #expect(cost.cacheRead == Bytes(8192 * 1000))
    #expect(cost.cacheWritten == Bytes(8192))
    #expect(cost.compulsoryCacheRead == Bytes(8192 * 999))
  }

  @Test(
    "Heads have the width that the model says, not d / h",
    arguments: [
      // 18 layers * 2 * 1 head * 256 * 2 bytes; 8 heads * 256 = 2048 = d
      ("gemma-2b", 18_432, 18 * 4 * 8 * 256),
      // 28 layers * 16 heads * 256 = 4096, d = 3072
      ("gemma-7b", 458_752, 28 * 4 * 16 * 256),
      // 28 layers, 16 heads * 128 = 2048, d = 1024; 8 key and value heads
      ("qwen3-0.6b", 114_688, 28 * 4 * 16 * 128),
    ])
  func headWidth(id: String, cacheBytes: Int, operationsPerPair: Int) throws {
    #expect(try Fixture.plan(id, "w16a16").cacheBytesPerToken == Bytes(cacheBytes))
    let cost = try cost(id, Pass(decodingAt: 10, sequences: 1))
    #expect(cost.attention.count == Number.whole(10 * operationsPerPair))
  }

  @Test("A prompt of T tokens has T (T + 1) / 2 pairs, and each key is read once")
  func causalPairs() throws {
    let cost = try cost("llama-2-7b", Pass(sequences: 3, newTokens: 100, cachedBefore: 0))
    // 32 layers * 4 * 4096 operations for a pair; 524,288 bytes of cache for a token
    #expect(cost.attention.count == Number.whole(3 * 32 * 4 * 4096 * 5050))
    #expect(cost.cacheRead.count == Number.whole(3 * 100 * 524_288))
    #expect(cost.compulsoryCacheRead == .zero)
    #expect(cost.cacheWritten.count == Number.whole(3 * 100 * 524_288))
  }

  @Test("A prompt after cached tokens sees them all")
  func chunkedPrefill() throws {
    let cost = try cost("llama-2-7b", Pass(sequences: 1, newTokens: 10, cachedBefore: 90))
    // 91 + 92 + ... + 100 = 955
    #expect(cost.attention.count == Number.whole(32 * 4 * 4096 * 955))
    #expect(cost.cacheRead.count == Number.whole(100 * 524_288))
    #expect(cost.compulsoryCacheRead.count == Number.whole(90 * 524_288))
  }

  @Test("A prompt of one token after c others costs what a decode step at c + 1 costs")
  func continuity() throws {
    for (id, cached) in [
      ("llama-2-7b", 0), ("llama-2-7b", 777), ("gemma-2-9b", 4095), ("gemma-2-9b", 4096),
      ("gemma-2-9b", 9000), ("mixtral-8x7b", 12), ("gpt-oss-20b", 127), ("gpt-oss-20b", 128),
    ] {
      let chunk = try cost(id, Pass(sequences: 2, newTokens: 1, cachedBefore: cached))
      let step = try cost(id, Pass(decodingAt: cached + 1, sequences: 2))
      #expect(chunk == step, "\(id) after \(cached)")
    }
  }

  @Test("The output head runs on the last token of each sequence")
  func headOnLastToken() throws {
    let whole = try cost("llama-2-7b", Pass(sequences: 3, newTokens: 100, cachedBefore: 0))
    // Blocks have 6,476,005,376 weights: 32 * (4 * 4096^2 + 3 * 4096 * 11008).
    #expect(whole.linear.count == Number.whole(2 * 6_476_005_376 * 300 + 2 * 32000 * 4096 * 3))
    #expect(whole.embeddingRows.count == Number.whole(300 * 4096 * 2))
  }

  @Test("A tied embedding is stored once, read whole as the head and by rows at the input")
  func tiedEmbedding() throws {
    let plan = try Fixture.plan("llama-3.2-1b", "w16a16")
    #expect(plan.weights == Bytes(2 * 1_235_814_400))
    #expect(plan.weightsByRole[.outputHead] == nil)
    let cost = try cost("llama-3.2-1b", Pass(decodingAt: 1, sequences: 1))
    #expect(cost.weights == plan.weights)
    #expect(cost.embeddingRows.count == Number.whole(2048 * 2))
    // d (2 h + 2 h_kv) d_h + 3 d f = 60,817,408 in each of 16 layers, and 128256 rows
    #expect(cost.linear.count == Number.whole(2 * (16 * 60_817_408 + 128_256 * 2048)))
  }

  @Test("An untied embedding is stored twice and only the head is read whole")
  func untiedEmbedding() throws {
    let plan = try Fixture.plan("llama-2-7b", "w16a16")
    let cost = try cost("llama-2-7b", Pass(decodingAt: 1, sequences: 5))
    #expect((plan.weights - cost.weights).count == Number.whole(32000 * 4096 * 2))
    #expect(cost.embeddingRows.count == Number.whole(5 * 4096 * 2))
  }

  @Test("Parallel blocks have one norm and one sum; they sum once over devices")
  func parallelBlocks() throws {
    let estimator = try Fixture.estimator("gpt-j-6b", "w16a16", on: "nvidia-h100-80gb-sxm")
    let pass = Pass(decodingAt: 1, sequences: 1)
    let kinds = estimator.operations(of: pass).map(\.kind)
    #expect(kinds.count { $0 == .residual } == 1)
    #expect(!kinds.contains(.norm(.feedForwardNorm)))
    let serial = try Fixture.estimator("llama-2-7b", "w16a16", on: "nvidia-h100-80gb-sxm")
    #expect(serial.operations(of: pass).count { $0.kind == .residual } == 2)
    // Two halves, each adds d numbers to d numbers; a parallel block adds two vectors at once.
    let sums = estimator.operations(of: pass).filter { $0.kind == .residual }
    #expect(sums.map(\.operations.count) == [Number.whole(28 * 2 * 4096)])
  }
}

@Suite("Latent attention of DeepSeek-V3")
struct LatentShapeTests {
  private func cost(_ pass: Pass) throws -> PassCost {
    try Fixture.estimator("deepseek-v3", "w16a16", on: "nvidia-h200-141gb-sxm")
      .estimate(pass).cost
  }

  @Test("A token caches 61 * (512 + 64) numbers: 70,272 bytes")
  func cache() throws {
    let plan = try Fixture.plan("deepseek-v3", "w16a16")
    #expect(plan.cacheBytesPerToken == Bytes(70_272))
    #expect(plan.cacheBytes(tokens: 1000) == Bytes(70_272_000))
  }

  @Test("Decode multiplies in the latent space: 2 h (2 r + rope) for a pair")
  func decode() throws {
    let cost = try cost(Pass(decodingAt: 100, sequences: 2))
    #expect(cost.attention.count == Number.whole(2 * 100 * 61 * 2 * 128 * (2 * 512 + 64)))
    #expect(cost.cacheRead == Bytes(Number.whole(2 * 100 * 70_272)))
    #expect(cost.cacheWritten == Bytes(2 * 70_272))
  }

  @Test("Prefill expands keys and values: 2 h (content + rope + value) for a pair")
  func prefill() throws {
    let cost = try cost(Pass(sequences: 1, newTokens: 100, cachedBefore: 0))
    #expect(cost.attention.count == Number.whole(5050 * 61 * 2 * 128 * (128 + 64 + 128)))
  }

  @Test("The leading three layers are dense, the other 58 are mixtures with a shared expert")
  func leadingLayers() throws {
    let plan = try Fixture.plan("deepseek-v3", "w16a16")
    #expect(plan.layerGroups.map(\.indices) == [Array(0..<3), Array(3..<61)])
    #expect(plan.weightsByRole[.gate] == Bytes(Number.whole(2 * 3 * 18432 * 7168)))
    #expect(plan.weightsByRole[.sharedExpertUp] == Bytes(Number.whole(2 * 58 * 2048 * 7168)))
    #expect(plan.weightsByRole[.expertDown] == Bytes(Number.whole(2 * 58 * 256 * 2048 * 7168)))
    #expect(plan.activeParameters == 37_552_297_472)
  }

  @Test("Devices do not divide the latent cache")
  func tensorParallel() throws {
    let single = try Fixture.estimator("deepseek-v3", "w16a16", on: "nvidia-h200-141gb-sxm")
    let eight = try Fixture.estimator(
      "deepseek-v3", "w16a16", on: "nvidia-h200-141gb-sxm", .tensor(8))
    let workload = try Workload(prompt: 0, generate: 0, context: 1000)
    #expect(single.estimate(workload).memory.cache == Bytes(70_272_000))
    #expect(eight.estimate(workload).memory.cache == Bytes(70_272_000))
  }
}
