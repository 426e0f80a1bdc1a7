import HardwareProfiles
import QuantizationFormats
import Roofline
import Testing
import TransformerModels
import Units

@Suite("A model on a GPU and its host")
struct OffloadTests {
  private func offload(
    _ model: String = "llama-2-7b", _ precision: String = "q4_0", layers: Int, _ workload: Workload
  ) throws -> Offload {
    let plan = try Fixture.plan(model, precision)
    return try Offload(
      plan: plan, layers: layers,
      device: try Device(
        try Fixture.profile("nvidia-rtx-3090-ti"), precision: plan.precision),
      host: try Device(
        try Fixture.profile("intel-core-i9-14900k"), precision: plan.precision),
      workload: workload)
  }

  private func seconds(_ layers: Int, _ workload: Workload) throws -> Double {
    try #require(try offload(layers: layers, workload).decode).seconds.value
  }

  @Test("Times of both devices and of the transfers add up")
  func serialSum() throws {
    let workload = try Workload(prompt: 0, generate: 0, context: 100)
    // A layer in Q4_0: 18/32 byte a weight and two f32 gains; 100 tokens of 2 * 4096 f16 numbers,
    // 99 read and one written.
    let layer = Number.whole(
      (4 * 4096 * 4096 + 3 * 4096 * 11008) * 18 / 32 + 2 * 4096 * 4 + 100 * 16_384)
    // The head in Q6_K, 210 bytes for 256 weights, the last norm, one row of the embedding.
    let outer = Number.whole(32000 * 4096 / 256 * 210 + 4096 * 4 + 4096 * 18 / 32)
    // The state goes to the GPU and back: 2 * 4096 * 2 bytes over PCIe 4.0 x16.
    let transfer = 16_384 / 32e9
    let expected = 20 * layer / 1008e9 + (12 * layer + outer) / 89.6e9 + transfer
    #expect(Number.agree(try seconds(20, workload), expected))
  }

  @Test("Nothing offloaded is the host alone, everything the GPU but for the embedding's row")
  func ends() throws {
    let workload = try Workload(prompt: 0, generate: 16)
    let host = try Fixture.estimator("llama-2-7b", "q4_0", on: "intel-core-i9-14900k")
    let alone = try #require(host.estimate(workload).decode).bound.seconds.value
    #expect(Number.agree(try seconds(0, workload), alone))
    let none = try offload(layers: 0, workload)
    #expect(none.deviceMemory.weights == .zero)
    #expect(none.hostMemory.weights == host.plan.weights)
    let all = try offload(layers: 33, workload)
    // The embedding stays on the host: 32000 * 4096 weights at 18/32 byte.
    #expect(all.hostMemory.weights == Bytes(73_728_000))
    #expect((all.deviceMemory.weights + all.hostMemory.weights) == host.plan.weights)
    #expect(all.hostMemory.cache == .zero)
  }

  @Test("Each further layer on the faster device makes decode and prefill faster")
  func monotone() throws {
    let workload = try Workload(prompt: 512, generate: 128)
    let splits = try (0...33).map { try offload(layers: $0, workload) }
    for (fewer, more) in zip(splits, splits.dropFirst()) {
      let decode = try #require(fewer.decode)
      let prefill = try #require(fewer.prefill)
      #expect(try #require(more.decode).seconds < decode.seconds)
      #expect(try #require(more.prefill).seconds < prefill.seconds)
      #expect(more.deviceMemory.weights > fewer.deviceMemory.weights)
      #expect(more.hostMemory.weights < fewer.hostMemory.weights)
    }
  }

  @Test("Every split keeps all layers, weights and cache")
  func conservation() throws {
    let workload = try Workload(batch: 2, prompt: 10, generate: 20)
    let plan = try Fixture.plan("llama-2-7b", "q4_0")
    for layers in 0...33 {
      let split = try offload(layers: layers, workload)
      #expect(split.layersOnDevice == min(layers, 32))
      #expect(split.deviceMemory.weights + split.hostMemory.weights == plan.weights)
      let cache = split.deviceMemory.cache + split.hostMemory.cache
      #expect(cache == plan.cacheBytes(tokens: 30) * 2)
    }
  }

  /// facts/quantization.md 3.6: llama-bench on an i9-13900K and an RTX 3090 Ti, 7B Q4_0, tg128.
  @Test(
    "No published split beats its bound",
    arguments: [
      (10, 13.45), (20, 21.36), (30, 40.04), (31, 48.19), (32, 54.78), (33, 60.62), (34, 71.76),
      (35, 131.66),
    ])
  func published(layers: Int, tokensPerSecond: Double) throws {
    let split = try offload(layers: layers, Workload(prompt: 0, generate: 128))
    let bound = try #require(split.decode).tokensPerSecond
    #expect(bound > tokensPerSecond)
    #expect(bound.isFinite)
  }

  @Test("A negative number of layers is refused, more than there are mean all")
  func limits() throws {
    let workload = try Workload()
    let error = #expect(throws: ParallelismError.self) { try offload(layers: -1, workload) }
    #expect(error?.problem == "--gpu-layers -1: must be at least 0")
    let all = try offload(layers: 33, workload)
    let more = try offload(layers: Int.max, workload)
    #expect(more.decode == all.decode)
    #expect(more.layersOnDevice == 32)
  }
}
