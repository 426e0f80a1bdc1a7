import HardwareProfiles
import QuantizationFormats
import Roofline
import Testing
import TransformerModels
import Units

// facts/quantization.md 13 and facts/hardware.md 1: "How is LLaMa.cpp possible?", recomputed.

@Suite("The arithmetic of 'How is LLaMa.cpp possible?'")
struct ArticleArithmeticTests {
  @Test(
    "The formula n (4 d^2 + 2 * 4 d^2) + V d comes within 2.5 % below the exact parameters",
    arguments: [
      // n * 12 * d^2 + 32000 * d
      ("llama-7b", 6_573_522_944, 6_738_415_616),
      ("llama-13b", 12_746_752_000, 13_015_864_320),
      ("llama-30b", 32_110_673_920, 32_528_943_616),
      ("llama-65b", 64_686_653_440, 65_285_660_672),
    ])
  func parameterFormula(id: String, formula: Int, exact: Int) throws {
    let model = try Fixture.model(id)
    let blocks = model.layerCount * (4 * model.width * model.width + 8 * model.width * model.width)
    #expect(blocks + model.embedding.vocabularyRows * model.width == formula)
    #expect(model.parameters == exact)
    #expect(formula < exact)
    #expect(Double(exact - formula) / Double(exact) < 0.025)
  }

  @Test("The KV cache of 65B takes 1.342 GB for 2048 tokens at four bits")
  func cacheOf65B() throws {
    // 80 layers * 2 * 8192 * half a byte * 2048 tokens
    let cache = try Fixture.plan("llama-65b", "w16a16kv4").cacheBytes(tokens: 2048)
    #expect(cache == Bytes(1_342_177_280))
    #expect(cache.gibibytes == 1.25)
  }

  @Test(
    "The KV cache takes n * 2 bytes * 2 * d for a token at 16 bits",
    arguments: [
      ("llama-7b", 524_288),  // 32 * 4 * 4096
      ("llama-13b", 819_200),  // 40 * 4 * 5120
      ("llama-30b", 1_597_440),  // 60 * 4 * 6656
      ("llama-65b", 2_621_440),  // 80 * 4 * 8192
    ])
  func cachePerToken(id: String, bytes: Int) throws {
    #expect(try Fixture.plan(id, "w16a16").cacheBytesPerToken == Bytes(bytes))
  }

  @Test(
    "Weights take 4, 2, 1 and 1/2 bytes for each parameter",
    arguments: [
      ("llama-7b", [26.95, 13.48, 6.74, 3.37]), ("llama-13b", [52.06, 26.03, 13.02, 6.51]),
      ("llama-30b", [130.12, 65.06, 32.53, 16.26]),
      ("llama-65b", [261.14, 130.57, 65.29, 32.64]),
    ])
  func weightTable(id: String, gigabytes: [Double]) throws {
    let parameters = Double(try Fixture.model(id).parameters)
    for (index, precision) in ["w32a32", "w16a16", "int8", "int4"].enumerated() {
      let weights = try Fixture.plan(id, precision).weights
      #expect(weights.count == parameters * [4, 2, 1, 0.5][index])
      #expect(Number.rounds(weights.gigabytes, to: gigabytes[index], decimals: 2), "\(precision)")
    }
  }

  @Test("Compute meets memory at a batch of 161 on an A100 80GB PCIe at fp16, at 40 for w4a16")
  func criticalBatch() throws {
    let workload = try Workload()
    let half = try Fixture.estimator("llama-7b", "w16a16", on: "nvidia-a100-80gb-pcie")
    let batch = try #require(half.estimate(workload).criticalBatch)
    #expect(Number.agree(batch, 312e12 / 1.935e12))  // 161.24: 2 bytes and 2 operations a weight
    #expect(Number.rounds(batch, to: 161.24, decimals: 2))
    let quarter = try Fixture.estimator("llama-7b", "w4a16", on: "nvidia-a100-80gb-pcie")
    let smaller = try #require(quarter.estimate(workload).criticalBatch)
    #expect(Number.agree(smaller, 312e12 / 1.935e12 / 4))
    #expect(Number.rounds(smaller, to: 40.3, decimals: 1))
  }

  @Test(
    "Nominal sizes at half a byte give the ceilings that the article should have printed",
    arguments: [
      ("nvidia-a100-80gb-pcie", 7.0e9, 552.9), ("nvidia-a100-80gb-pcie", 65.2e9, 59.4),
      ("apple-m1-8-core-gpu", 7.0e9, 19.5),
      // The article has 200 and 400 GB/s; the pins of both give 204.8 and 409.6.
      ("apple-m2-pro-19-core-gpu", 7.0e9, 58.5), ("apple-m2-max-38-core-gpu", 65.2e9, 12.6),
      ("raspberry-pi-4", 7.0e9, 3.7),
    ])
  func nominalCeilings(id: String, parameters: Double, tokensPerSecond: Double) throws {
    let bandwidth = try #require(try Fixture.profile(id).bandwidth)
    let step = Bytes(parameters * 0.5) / bandwidth
    #expect(Number.rounds(1 / step.value, to: tokensPerSecond), "\(1 / step.value)")
  }

  @Test("The article's own bandwidths give 57.1, 12.27 and 1.14 tokens/s")
  func roundedBandwidths() {
    func ceiling(_ gigabytesPerSecond: Double, _ parameters: Double) -> Double {
      1 / (Bytes(parameters / 2) / BytesPerSecond(gigabytesPerSecond * 1e9)).value
    }
    #expect(Number.rounds(ceiling(200, 7.0e9), to: 57.1))  // M2 Pro
    #expect(Number.rounds(ceiling(400, 65.2e9), to: 12.27, decimals: 2))  // M2 Max
    #expect(Number.rounds(ceiling(4, 7.0e9), to: 1.14, decimals: 2))  // sustained on a Pi 4
  }

  @Test(
    "The exact model at half a byte is a little faster, since one embedding row is read",
    arguments: [
      ("nvidia-a100-80gb-pcie", "llama-7b"), ("nvidia-a100-80gb-pcie", "llama-65b"),
      ("apple-m1-8-core-gpu", "llama-7b"), ("apple-m2-pro-19-core-gpu", "llama-7b"),
      ("apple-m2-max-38-core-gpu", "llama-65b"),
    ])
  func exactCeilings(device: String, id: String) throws {
    let model = try Fixture.model(id)
    let estimator = try Fixture.estimator(id, "int4", on: device)
    let width = Double(model.width)
    let embedding = 32000 * width
    // Streamed weights, one row, and the keys and values of one token written in fp16.
    let bytes =
      (Double(model.parameters) - embedding) / 2 + width / 2
      + Number.whole(model.layerCount * 2 * model.width * 2)
    let step = estimator.estimate(Pass(decodingAt: 1, sequences: 1))
    #expect(step.bound.limit == .memory)
    #expect(Number.agree(step.bound.tokensPerSecond, estimator.device.bandwidth.value / bytes))
  }
}

extension ArticleArithmeticTests {
  @Test("A Raspberry Pi 4 lacks the arithmetic for its datasheet bandwidth: 3.6 tokens/s, not 3.9")
  func raspberryPi() throws {
    let estimator = try Fixture.estimator("llama-7b", "int4", on: "raspberry-pi-4")
    let step = estimator.estimate(Pass(decodingAt: 1, sequences: 1))
    // All parameters but the embedding and 65 gains; one pair in each of 32 layers of width 4096.
    let operations = Number.whole(
      2 * (6_738_415_616 - 32000 * 4096 - 65 * 4096) + 32 * 4 * 4096)
    #expect(step.bound.limit == .compute)
    #expect(step.cost.matrixOperations.count == operations)
    #expect(Number.agree(step.bound.tokensPerSecond, 48e9 / operations))
    #expect(Number.rounds(1 / step.memoryTime.value, to: 3.9))
  }
}

@Suite("Ceilings of Q4_0 files")
struct FourBitCeilingTests {
  /// 7B as Q4_0: a file of 3,825,065,984 bytes without the embedding of 32000 * 4096 * 18 / 32, one
  /// of its rows, and the keys and values of the only token written.
  private let stepBytes = 3_825_065_984.0 - 73_728_000 + 2304 + 524_288

  @Test(
    "A profile's bandwidth gives 516, 18.2, 54.6 and 109.2 tokens/s",
    arguments: [
      ("nvidia-a100-80gb-pcie", 1935.0, 515.7), ("apple-m1-8-core-gpu", 68.26, 18.2),
      ("apple-m2-pro-19-core-gpu", 204.8, 54.6), ("apple-m2-max-38-core-gpu", 409.6, 109.2),
    ])
  func profiles(device: String, gigabytesPerSecond: Double, tokensPerSecond: Double) throws {
    let estimator = try Fixture.estimator("llama-7b", "q4_0", on: device)
    let step = estimator.estimate(Pass(decodingAt: 1, sequences: 1))
    #expect(step.cost.compulsoryTraffic.count == stepBytes)
    #expect(Number.agree(step.bound.tokensPerSecond, gigabytesPerSecond * 1e9 / stepBytes))
    #expect(Number.rounds(step.bound.tokensPerSecond, to: tokensPerSecond))
  }

  @Test("The 53 and 107 of facts/quantization.md are for 200 and 400 GB/s, Apple's round numbers")
  func roundedBandwidths() throws {
    for (bandwidth, expected) in [(200e9, 53.0), (400e9, 107)] {
      var device = MadeUpDevice()
      device.bandwidth = bandwidth
      let estimator = try Fixture.estimator(
        Fixture.plan("llama-7b", "q4_0"), on: device.profile())
      let step = estimator.estimate(Pass(decodingAt: 1, sequences: 1))
      #expect(Number.rounds(step.bound.tokensPerSecond, to: expected, decimals: 0))
    }
  }
}

@Suite("kipply's 'Transformer inference arithmetic'")
struct TransformerInferenceArithmeticTests {
  /// 12 n d^2 parameters and little else: four square matrices, two of 4 d x d.
  private func model(layers: Int, width: Int) -> TransformerModel {
    TransformerModel(
      id: "kipply", name: "kipply", family: "kipply", width: width,
      embedding: Embedding(vocabularyRows: 1, isTied: true), norm: .rms, hasFinalNorm: false,
      layers: [
        LayerRun(
          count: layers,
          layer: TransformerLayer(
            attention: Attention(heads: width / 128, keyValueHeads: width / 128, headDim: 128),
            feedForward: .dense(FeedForward.Dense(width: 4 * width, isGated: false)), norms: []))
      ])
  }

  private func estimator(layers: Int, width: Int) throws -> Estimator {
    var device = MadeUpDevice()
    device.bandwidth = 1.5e12
    device.rates = [MadeUpDevice.Rate(unit: "fp16", accumulator: "fp32", peak: 312e12)]
    let plan = try Fixture.plan(model(layers: layers, width: width), "w16a16")
    return try Fixture.estimator(plan, on: device.profile())
  }

  @Test("A 52B model keeps 2,097,152 bytes of keys and values for each token")
  func cache() throws {
    // 2 bytes * 2 * 64 layers * 64 heads * 128
    let plan = try Fixture.plan(model(layers: 64, width: 8192), "w16a16")
    #expect(plan.cacheBytesPerToken == Bytes(2_097_152))
    #expect(plan.parameters == 64 * 12 * 8192 * 8192 + 8192)
  }

  @Test("Compute meets memory at a batch of 208 with 312 TFLOP/s and 1.5 TB/s")
  func criticalBatch() throws {
    let estimate = try estimator(layers: 40, width: 5120).estimate(try Workload())
    #expect(Number.agree(try #require(estimate.criticalBatch), 208))
  }

  @Test("A 13B model takes 16.8 ms for a token at batch 1")
  func step() throws {
    let step = try estimator(layers: 40, width: 5120).estimate(
      Pass(decodingAt: 1, sequences: 1))
    // 12 * 40 * 5120^2 * 2 bytes / 1.5e12 = 16.777 ms; the cache of one token adds 0.5 us.
    #expect(step.bound.limit == .memory)
    #expect(Number.rounds(step.bound.seconds.milliseconds, to: 16.8))
    #expect(step.cost.weights.count == Number.whole(2 * (12 * 40 * 5120 * 5120 + 5120)))
  }

  @Test("A layer takes 24 d^2 operations for each token")
  func operations() throws {
    let step = try estimator(layers: 40, width: 5120).estimate(
      Pass(decodingAt: 1, sequences: 1))
    #expect(step.cost.linear.count == Number.whole(40 * 24 * 5120 * 5120 + 2 * 5120))
  }
}
