import HardwareProfiles
import QuantizationFormats
import Testing

@testable import Engines

@Suite struct EngineCatalogTests {
  @Test func `every engine decodes and its file has its name`() throws {
    let engines = try EngineCatalog.all()
    #expect(engines.map(\.id) == EngineCatalog.ids)
    for engine in engines { #expect(!engine.backends.isEmpty, "\(engine.id)") }
  }

  @Test func `every family has constants with an error for all classes together`() throws {
    for family in EngineFamily.allCases {
      let constants = try #require(try EngineCatalog.constants(family))
      let several = constants.ownError(of: "several tokens")?.rows ?? 0
      #expect((constants.ownError(of: "all")?.rows ?? 0) + several == constants.rows)
    }
  }

  @Test(arguments: [
    ("2023-05", "2023"), ("2024-02", "2023"), ("2024-03", "2024"), ("2024-06", "2024"),
    ("2024-07", "2025"), ("2031-07", "2025"),
  ])
  func `a month maps to the nearest known era`(month: String, era: String) throws {
    let profile = try #require(try ProfileCatalog.profile("nvidia-rtx-4090"))
    let engine = try #require(try EngineCatalog.engine("llama.cpp"))
    #expect(try engine.setting(for: profile, month: month).era == era)
    #expect(try engine.setting(for: profile, month: nil).era == "2025")
  }

  @Test(arguments: ["2024", "2024-13", "24-05", "may", ""])
  func `a malformed month is refused with the right form`(month: String) throws {
    let profile = try #require(try ProfileCatalog.profile("nvidia-rtx-4090"))
    let engine = try #require(try EngineCatalog.engine("llama.cpp"))
    #expect(throws: EngineError.self) { try engine.setting(for: profile, month: month) }
  }

  @Test(arguments: [
    ("nvidia-rtx-4090", "cuda"), ("apple-m2-8-core-gpu", "metal"),
    ("amd-radeon-rx-7900-xtx", "hip"), ("intel-arc-a770", "vulkan"),
    ("raspberry-pi-5", "cpu-llama.cpp"),
  ])
  func `llama.cpp's back end follows from the device`(device: String, key: String) throws {
    let profile = try #require(try ProfileCatalog.profile(device))
    let engine = try #require(try EngineCatalog.engine("llama.cpp"))
    #expect(try engine.setting(for: profile, month: nil).key == key)
  }

  @Test func `an engine without a back end for the device says where it runs`() throws {
    let profile = try #require(try ProfileCatalog.profile("raspberry-pi-5"))
    let engine = try #require(try EngineCatalog.engine("vllm"))
    #expect(throws: EngineError.self) { try engine.setting(for: profile, month: nil) }
  }
}
