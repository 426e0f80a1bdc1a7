import HardwareProfiles
import QuantizationFormats
import Roofline
import Testing
import TransformerModels

@testable import Engines

/// Which unit and which traffic a prefill is priced by.
@Suite struct PrefillTermsTests {
  private func components(
    _ profileID: String, _ precisionID: String, era: String = "", key: String = "cuda",
    variant: String = ""
  ) throws -> [TermComponent] {
    let profile = try #require(try ProfileCatalog.profile(profileID))
    let setting = EngineSetting(
      key: key, decodeFamily: .llamaCppDecode, era: era, variant: variant)
    let terms = PrefillTerms(
      device: try #require(DeviceTraits(profile)), engine: setting,
      precision: PrecisionTraits(try PrecisionCatalog.precision(precisionID)))
    return terms.groups.flatMap { $0.parts.joined() }
  }

  private func product(_ components: [TermComponent]) throws -> TermComponent {
    try #require(components.first { $0.quantity == .linearOperations })
  }

  @Test func `blocks of integers are priced by cores and clock, fp16 by the matrix units`() throws {
    // 128 SMs x 128 lanes x 2.52 GHz and 330.3 TFLOP/s (NVIDIA Ada whitepaper).
    let lanes = 128 * 128 * 2.52e9
    let blocks = try product(try components("nvidia-rtx-4090", "q4_0", era: "2025"))
    #expect(abs(blocks.unit * lanes / 0.1 - 1) < 0.01)
    #expect(blocks.effects.first == "blocks")
    let float = try product(try components("nvidia-rtx-4090", "f16", era: "2025"))
    #expect(abs(float.unit * 330.3e12 - 1) < 0.01)
    let expanded = try product(try components("nvidia-rtx-4090", "q4_0", era: "2024"))
    #expect(expanded.unit == float.unit, "weights that were expanded are multiplied as fp16")
  }

  @Test(arguments: [
    ("cuda", "2024", "q4_0", Quantity.expandedBytes), ("cuda", "2025", "q4_0", .batchedWeightBytes),
    ("cuda", "2024", "f16", .batchedWeightBytes), ("hip", "", "q4_0", .expandedBytes),
    ("metal", "", "q4_0", .batchedWeightBytes), ("vllm", "", "awq-4bit-g128", .weightBytes),
  ])
  func `weights are expanded by builds that multiply with a library`(
    key: String, era: String, precision: String, expected: Quantity
  ) throws {
    let traffic: Set<Quantity> = [.weightBytes, .batchedWeightBytes, .expandedBytes]
    let found = try components("nvidia-rtx-4090", precision, era: era, key: key)
      .map(\.quantity).filter(traffic.contains)
    #expect(found == [expected])
  }

  @Test func `rocBLAS without kernels for a chip takes what was measured`() throws {
    let halo = "amd-strix-halo-radeon-8060s"
    let measured = try product(try components(halo, "q4_0", key: "hip", variant: "rocblas"))
    #expect(abs(measured.unit * 4.89e12 - 1) < 1e-9)
    #expect(measured.effects == ["library"])
    let matrix = try product(try components(halo, "q4_0", key: "hip", variant: "hipblaslt"))
    // hipBLASLt has kernels: 37 of 59.4 TFLOP/s were reached.
    #expect(abs(matrix.unit * 37e12 - 1) < 1e-3)

    let unmeasured = try product(
      try components("amd-radeon-rx-7900-xtx", "q4_0", key: "hip", variant: "rocblas"))
    // A third of two operations on each of 96 CUs x 64 lanes at 2.5 GHz.
    #expect(abs(unmeasured.unit * 96 * 64 * 2.5e9 * 2 / 3 - 1) < 0.02)
    #expect(unmeasured.effects.contains("library.chip:rdna3"))
  }

  @Test func `Vulkan multiplies on the lanes of Intel's GPUs`() throws {
    let lanes = try product(try components("intel-arc-a770", "q4_0", key: "vulkan"))
    // 32 Xe cores x 128 lanes x 2.4 GHz, two operations each; its matrix units do 157 TFLOP/s.
    #expect(abs(lanes.unit * 32 * 128 * 2.4e9 * 2 - 1) < 1e-9)
    let matrix = try product(try components("nvidia-rtx-3090", "q4_0", key: "vulkan"))
    // 142.3 TFLOP/s with fp16 sums, of which nobody measured a share.
    #expect(abs(matrix.unit * 0.8 * 142.3e12 - 1) < 0.01)
    #expect(matrix.effects.contains("matrix.driver:NVIDIA"))
  }

  @Test func `an A100 takes half as many cycles again to scale sums as consumer chips`() throws {
    let blocks = try product(try components("nvidia-a100-80gb-sxm", "q4_0", era: "2025"))
    // 108 SMs x 128 lanes x 1.41 GHz, of which 64 multiply in fp32; half the cycles are of those.
    #expect(abs(blocks.unit * 108 * 128 * 1.41e9 / 0.1 - 1.5) < 0.01)
  }

  @Test func `a prompt reads its weights once for each micro-batch`() throws {
    let precision = try PrecisionCatalog.precision("q4_0")
    let plan = OperationPlan(
      model: try ModelCatalog.entry(named: "llama-2-7b").model, precision: precision)
    let profile = try #require(try ProfileCatalog.profile("nvidia-rtx-4090"))
    let estimator = try Estimator(plan: plan, device: Device(profile, precision: precision))
    func work(_ tokens: Int, _ microBatch: Int = EngineSetting.defaultMicroBatch) -> PassWork {
      PassWork(
        estimator.estimate(Pass(sequences: 1, newTokens: tokens, cachedBefore: 0)), plan: plan,
        microBatch: microBatch)
    }
    let short = work(128)
    #expect(short[.batchedWeightBytes] == short[.weightBytes])
    let long = work(2048)
    #expect(long[.batchedWeightBytes] == 4 * long[.weightBytes])
    #expect(work(2048, 2048)[.batchedWeightBytes] == long[.weightBytes])
    // Stored weights read, fp16 written and read: 4 bytes for each weight.
    let expected = 4 * (long[.weightBytes] + 4 * long[.weightsUnpacked])
    #expect(long[.expandedBytes] == expected)
  }
}
