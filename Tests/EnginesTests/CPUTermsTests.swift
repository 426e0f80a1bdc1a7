import HardwareProfiles
import PublishedMeasurements
import QuantizationFormats
import Testing

@testable import Engines

/// Clocks of CPUs, and by which kernels an engine is priced on them.
@Suite struct CPUTermsTests {
  private func device(_ id: String) throws -> DeviceTraits {
    let profile = try #require(try ProfileCatalog.profile(id))
    return try #require(DeviceTraits(profile))
  }

  @Test func `one core has the highest clock, all have the base clock`() throws {
    // AMD's product table: 5.7 GHz at most, 4.5 GHz base, 16 cores.
    let desktop = try device("amd-ryzen-9-7950x")
    #expect(desktop.clock(threads: 1) == 5.7e9)
    #expect(desktop.clock(threads: 16) == 4.5e9)
    #expect(abs(desktop.clock(threads: 8.5) - 5.1e9) < 1)
    #expect(desktop.clock(threads: 32) == 4.5e9, "hardware threads bring no cores")
    let board = try device("raspberry-pi-5")
    #expect(board.clock(threads: 1) == 2.4e9 && board.clock(threads: 4) == 2.4e9)
  }

  @Test func `lanes do as much as the cores in use at their clock`() throws {
    // Two 256-bit multiply-adds: 32 operations a clock.
    let desktop = try device("amd-ryzen-9-7950x")
    #expect(abs(desktop.vectorRate(threads: 1) / (32 * 5.7e9) - 1) < 1e-9)
    #expect(abs(desktop.vectorRate(threads: 16) / (16 * 32 * 4.5e9) - 1) < 1e-9)
    // NEON, not the matrix unit: four 128-bit multiply-adds at 3.132 GHz.
    #expect(abs(try device("apple-m1-max-cpu").vectorRate(threads: 8) / 8.018e11 - 1) < 1e-3)
  }

  private func effects(_ setting: EngineSetting, _ precision: String) throws -> [String] {
    let terms = CPUTerms(
      device: try device("amd-ryzen-9-7950x"), engine: setting,
      precision: PrecisionTraits(try PrecisionCatalog.precision(precision)), threads: nil,
      isNUMAImpaired: false)
    return terms.prefill.flatMap { $0.parts.joined() }.flatMap(\.effects)
  }

  @Test(arguments: [
    ("cpu-llama.cpp", "2023", false, "q8_0", "dot"),
    ("cpu-llama.cpp", "2024", false, "q8_0", "tiled"),
    ("cpu-llama.cpp", "2024", false, "q6_k", "dot"),
    ("cpu-llama.cpp", "2024", true, "q4_0", "repacked"),
    ("cpu-llama.cpp", "2025", false, "q4_k_m", "repacked"),
    ("cpu-llama.cpp", "2025", false, "iq4_xs", "dot"),
    ("cpu-llama.cpp", "2025", false, "f16", "tiled"),
    ("cpu-ik_llama.cpp", "2024", false, "q4_0", "shared"),
    ("cpu-ik_llama.cpp", "2024", true, "q4_0", "interleaved"),
    ("cpu-ik_llama.cpp", "2025", false, "q4_0", "interleaved"),
    ("cpu-openvino", "", false, "w4a16", "own"),
  ])
  func `prompts are priced by the kernels of the build`(
    key: String, era: String, repacks: Bool, precision: String, product: String
  ) throws {
    let setting = EngineSetting(
      key: key, decodeFamily: .cpuDecode, era: era, repacksWeights: repacks)
    #expect(try effects(setting, precision).contains("matrix.product:\(product)"))
  }

  @Test func `builds interleave rows since 2025 if they are asked for today`() throws {
    let profile = try #require(try ProfileCatalog.profile("amd-ryzen-9-7950x"))
    let engine = try #require(try EngineCatalog.engine("llama.cpp"))
    #expect(try engine.setting(for: profile, month: nil).era == "2025")
    #expect(try engine.setting(for: profile, month: "2024-06").era == "2024")
  }

  @Test func `every prefill on a CPU is a row of its family`() throws {
    let observations = PublishedObservations(try PublishedComparison.shared.get().cases)
    let rows = observations.pairs[.cpuPrefill] ?? []
    #expect(rows.count == 210)
    #expect(Set(rows.map(\.observation.device)).count == 10)
    #expect(rows.allSatisfy { $0.published.profile.kind == .cpu })
    #expect((observations.pairs[.prefill] ?? []).allSatisfy { $0.published.profile.kind != .cpu })
  }
}
