import HardwareProfiles
import QuantizationFormats
import Roofline
import Testing
import TransformerModels
import Units

@Suite("More work never takes less time")
struct MonotoneTests {
  private let sizes = [1, 2, 3, 7, 16, 33, 100, 128, 500, 1024, 4096, 4097, 20_000]

  private func isAscending(_ values: [Double]) -> Bool {
    zip(values, values.dropFirst()).allSatisfy { Number.isAtMost($0, $1) }
  }

  @Test("More context never makes a step faster", arguments: Draw.draws(120, seed: 11))
  func context(draw: Draw) throws {
    let estimator = try draw.estimator()
    let steps = sizes.map {
      estimator.estimate(Pass(decodingAt: $0, sequences: draw.batch))
    }
    #expect(isAscending(steps.map(\.bound.seconds.value)))
    #expect(isAscending(steps.map(\.roofline.seconds.value)))
    #expect(isAscending(sizes.map { estimator.plan.cacheBytes(tokens: $0).count }))
  }

  @Test("A longer prompt never takes less time", arguments: Draw.draws(120, seed: 12))
  func prompt(draw: Draw) throws {
    let estimator = try draw.estimator()
    let prompts = sizes.map {
      estimator.estimate(Pass(sequences: draw.batch, newTokens: $0, cachedBefore: 0))
    }
    #expect(isAscending(prompts.map(\.bound.seconds.value)))
    #expect(isAscending(prompts.map(\.roofline.seconds.value)))
  }

  @Test("More sequences never make a step shorter", arguments: Draw.draws(120, seed: 13))
  func batch(draw: Draw) throws {
    let estimator = try draw.estimator()
    let steps = sizes.map {
      estimator.estimate(Pass(decodingAt: draw.prompt, sequences: $0))
    }
    #expect(isAscending(steps.map(\.bound.seconds.value)))
    #expect(isAscending(steps.map(\.roofline.seconds.value)))
  }

  /// A cache lets a small batch of a small model go faster than its bytes, so it is left out.
  @Test("More sequences never make fewer tokens per second", arguments: Draw.draws(120, seed: 14))
  func throughput(draw: Draw) throws {
    var device = MadeUpDevice(copying: try Fixture.profile(draw.device), factor: 1)
    device.cacheCapacity = nil
    let estimator = try Fixture.estimator(draw.plan(), on: device.profile())
    let steps = sizes.map {
      estimator.estimate(Pass(decodingAt: draw.prompt, sequences: $0))
    }
    #expect(isAscending(steps.map(\.bound.tokensPerSecond)))
    #expect(isAscending(steps.map(\.roofline.tokensPerSecond)))
  }

  @Test("More bits in a weight never make a step faster", arguments: Draw.draws(60, seed: 15))
  func weightBits(draw: Draw) throws {
    let profile = try Fixture.profile(draw.device)
    let model = try Fixture.model(draw.model)
    let pass = Pass(decodingAt: draw.prompt, sequences: 1)
    let steps = try ["w2a16", "w3a16", "w4a16", "w5a16", "w6a16", "w7a16", "w8a16", "w16a16"].map {
      try Fixture.estimator(Fixture.plan(model, $0), on: profile).estimate(pass)
    }
    #expect(isAscending(steps.map(\.bound.seconds.value)))
    #expect(isAscending(steps.map(\.roofline.seconds.value)))
    #expect(isAscending(steps.map(\.cost.weights.count)))
  }

  @Test("More bits in the cache never make a step faster", arguments: Draw.draws(60, seed: 16))
  func cacheBits(draw: Draw) throws {
    let profile = try Fixture.profile(draw.device)
    let model = try Fixture.model(draw.model)
    let pass = Pass(decodingAt: draw.prompt, sequences: draw.batch)
    let steps = try ["w4a16kv2", "w4a16kv3", "w4a16kv4", "w4a16kv8", "w4a16", "w4a16kv32"].map {
      try Fixture.estimator(Fixture.plan(model, $0), on: profile).estimate(pass)
    }
    #expect(isAscending(steps.map(\.bound.seconds.value)))
    #expect(isAscending(steps.map(\.cost.cacheRead.count)))
  }

  @Test(
    "From batch 1 to 4096 the limit goes from memory to compute exactly once",
    arguments: [
      "llama-2-7b", "llama-3-70b", "mixtral-8x7b", "falcon-7b", "gpt-oss-20b",
    ])
  func limitSwitchesOnce(model: String) throws {
    for (device, precision) in [
      ("nvidia-a100-80gb-sxm", "w4a16"), ("nvidia-h100-80gb-sxm", "fp8"),
      ("intel-xeon-platinum-8480plus", "w8a8"),
    ] {
      let estimator = try Fixture.estimator(model, precision, on: device)
      let limits = (1...4096).map {
        estimator.estimate(Pass(decodingAt: 1, sequences: $0)).bound.limit
      }
      let switches = zip(limits, limits.dropFirst()).count { $0 != $1 }
      #expect(limits.first == .memory, "\(device) \(precision)")
      #expect(limits.last == .compute, "\(device) \(precision)")
      #expect(switches == 1, "\(device) \(precision)")
    }
  }

  @Test("The switch comes at the critical batch, where the cache is too small to matter")
  func criticalBatch() throws {
    let estimator = try Fixture.estimator("llama-2-7b", "w16a16", on: "nvidia-a100-80gb-sxm")
    // 312e12 / 2.039e12 = 153.02; rows, norms and one cached token each move it by less than 2 %.
    let critical = try #require(estimator.estimate(try Workload()).criticalBatch)
    #expect(Number.agree(critical, 312e12 / 2.039e12))
    func limit(_ batch: Int) -> Limit {
      estimator.estimate(Pass(decodingAt: 1, sequences: batch)).bound.limit
    }
    #expect(limit(150) == .memory)
    #expect(limit(157) == .compute)
  }
}
