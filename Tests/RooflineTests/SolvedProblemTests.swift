import HardwareProfiles
import QuantizationFormats
import Roofline
import Testing
import TransformerModels
import Units

// Each test shows what an earlier version of the estimator got wrong.

@Suite("Problems that are solved")
struct SolvedProblemTests {
  @Test("Projections of copied key and value heads are copied too")
  func replicatedProjections() throws {
    // Llama-3-70B on 16 devices, 8 key and value heads: each device needs one whole head, so 1/8
    // of two matrices of 1024 x 8192 in 80 layers; everything else as for 16 devices.
    let matrices = 80 * 8192 * (2 * 8192 + 3 * 28672)
    let projections = 80 * 2 * 1024 * 8192
    let table = 128_256 * 8192
    let expected = 2 * ((matrices + 2 * table) / 16 + projections / 8 + 161 * 8192)
    let memory = try Fixture.estimator(
      "llama-3-70b", "w16a16", on: "nvidia-h100-80gb-sxm", .tensor(16)
    ).estimate(try Workload()).memory
    #expect(memory.weights == Bytes(expected))
  }

  @Test("A token passes the adapters of its own experts only")
  func adaptersOfExperts() throws {
    // Qwen3-30B-A3B: q 4096, k and v 512, o 4096 rows or columns with d = 2048; 8 of 128 experts
    let attention = 2 * (2048 + 4096) + 2 * (2048 + 512)
    let experts = 8 * 3 * (2048 + 768)
    let adapters = 48 * 16 * (attention + experts)
    let estimator = try Fixture.estimator("qwen3-30b-a3b", "w16a16", on: "nvidia-h100-80gb-sxm")
    let tuning = try FineTuning(rank: 16, batch: 1, sequence: 1, recomputesActivations: false)
    let base = estimator.estimate(Pass(sequences: 1, newTokens: 1, cachedBefore: 0)).cost
    let step = estimator.fineTuningStep(tuning)
    #expect(step.forward.count == base.matrixOperations.count + Double(2 * adapters))
  }

  @Test("A LoRA step reads one row of the embedding for a token, not the table")
  func embeddingInFineTuning() throws {
    var device = MadeUpDevice()
    device.rates[0].peak = 1e30
    let plan = try Fixture.plan("llama-2-7b", "w16a16")
    let estimator = try Fixture.estimator(plan, on: device.profile())
    let tuning = try FineTuning(rank: 1, batch: 1, sequence: 1, recomputesActivations: false)
    // Two passes at 1e12 bytes/s. Without both readings of the table there is room to spare for
    // rows and gradients, so one of them is allowed for those.
    let table = 32000 * 4096 * 2
    let most = Number.whole(2 * 2 * 6_738_415_616 - table)
    #expect(estimator.fineTuningStep(tuning).seconds.value * 1e12 < most)
  }

  @Test("A model in the cache of a device without a rate has no limit that is known")
  func speedWithoutTimes() throws {
    var device = MadeUpDevice()
    device.cacheCapacity = 1e9
    let plan = try Fixture.plan("smollm2-135m", "fp8")
    let estimator = try Fixture.estimator(plan, on: device.profile())
    let bound = estimator.estimate(Pass(decodingAt: 1, sequences: 1)).bound
    #expect(bound.tokensPerSecond == .infinity && bound.seconds == .zero)
  }

  @Test("The advantage of a cache fades; it does not end with one byte")
  func cacheEdge() throws {
    var device = MadeUpDevice()
    device.cacheCapacity = 1e9
    device.rates[0].peak = 1e30
    // Qwen3-4B with weights of 4,022,468,096 * 15 / 8 bytes: a little under eight caches
    let plan = try Fixture.plan("qwen3-4b", "w15a16")
    let estimator = try Fixture.estimator(plan, on: device.profile())
    let speeds = (1...4096).map {
      estimator.estimate(Pass(decodingAt: 1, sequences: $0)).bound.tokensPerSecond
    }
    #expect(zip(speeds, speeds.dropFirst()).allSatisfy { $0 <= $1 })
  }

  @Test("Models with ALiBi do not turn queries and keys", arguments: ["bloom-7b1", "mpt-7b"])
  func rotationsOfALiBi(id: String) throws {
    let estimator = try Fixture.estimator(id, "w16a16", on: "nvidia-a100-80gb-sxm")
    let rows = estimator.operations(of: Pass(decodingAt: 1, sequences: 1))
    #expect(!rows.map(\.kind).contains(.rope))
  }

  @Test("The fullest stage of a pipeline is one stage, not the worst parts of several")
  func fullestStage() throws {
    func layer(hidden: Int, keyValueHeads: Int) -> TransformerLayer {
      TransformerLayer(
        attention: Attention(heads: 32, keyValueHeads: keyValueHeads, headDim: 128),
        feedForward: .dense(FeedForward.Dense(width: hidden, isGated: true)))
    }
    let model = TransformerModel(
      id: "uneven", name: "uneven", family: "uneven", width: 4096,
      embedding: Embedding(vocabularyRows: 1, isTied: false), norm: .rms,
      layers: [
        LayerRun(count: 1, layer: layer(hidden: 65536, keyValueHeads: 1)),
        LayerRun(count: 1, layer: layer(hidden: 1024, keyValueHeads: 32)),
      ])
    let plan = try Fixture.plan(model, "w16a16")
    let estimator = try Fixture.estimator(plan, on: MadeUpDevice().profile(), .pipeline(2))
    let memory = estimator.estimate(
      try Workload(prompt: 0, generate: 0, context: 100_000)
    ).memory
    // Stage 1: q and o, k and v of one head, the network, two gains, one row; 2 * 128 numbers
    let first = 2 * (2 * 4096 * 4096 + 2 * 128 * 4096 + 3 * 4096 * 65536 + 2 * 4096 + 4096)
    let firstCache = 100_000 * 2 * 128 * 2
    // Stage 2: four square matrices, the small network, three gains, one row; 2 * 4096 numbers
    let second = 2 * (4 * 4096 * 4096 + 3 * 4096 * 1024 + 3 * 4096 + 4096)
    let secondCache = 100_000 * 2 * 4096 * 2
    #expect(
      memory.weights + memory.cache == Bytes(max(first + firstCache, second + secondCache)))
  }
}
