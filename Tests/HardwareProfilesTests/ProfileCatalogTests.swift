import Foundation
import HardwareProfiles
import Testing
import Units

@Suite struct ProfileCatalogTests {
  @Test func `every embedded profile decodes, under its own name`() throws {
    let profiles = try ProfileCatalog.all()
    #expect(profiles.map(\.id) == ProfileCatalog.ids)
    #expect(profiles.count >= 129)
  }

  @Test func `every device that measurement tables know has a profile under its identifier`()
    throws
  {
    let url = try #require(
      Bundle.module.url(forResource: "Resources/device-ids", withExtension: "csv"))
    let rows = try String(contentsOf: url, encoding: .utf8).split(whereSeparator: \.isNewline)
    let ids = rows.dropFirst().compactMap { $0.split(separator: ",").first.map(String.init) }
    #expect(ids.count == 129)
    let known = Set(ProfileCatalog.ids)
    for id in ids { #expect(known.contains(id), "\(id)") }
  }

  @Test func `every profile can be predicted on`() throws {
    for profile in try ProfileCatalog.all() {
      #expect(profile.bandwidth != nil, "\(profile.id) has no bandwidth")
      #expect(!profile.compute.isEmpty, "\(profile.id) has no compute rate")
      #expect(
        profile.compute.contains { $0.unit == .fp32 }, "\(profile.id) has no fp32 rate")
    }
  }

  @Test func `nothing was sustained above its peak by more than a boost clock`() throws {
    for profile in try ProfileCatalog.all() {
      for rate in profile.compute {
        for library in rate.untuned {
          #expect(
            library.sustained.value < (rate.sustained ?? rate.peak).value, "\(profile.id)")
        }
        guard let sustained = rate.sustained else { continue }
        let note: Comment = "\(profile.id) \(rate.unit) \(sustained.value) of \(rate.peak.value)"
        #expect(sustained.value <= 1.02 * rate.peak.value, note)
      }
    }
  }

  @Test(arguments: [
    // What nvidia-smi shows of boards with ECC on, in MiB, less what the driver keeps: 15,079 of a T4
    // (NVIDIA developer forum 173099), 46,068 of an A40.
    ("nvidia-t4", 15_079.0, 3.0e11), ("nvidia-a40", 46_068, 6.525e11),
  ])
  func `in-band check bits take a sixteenth of GDDR boards for data centers`(
    id: String, shownMiB: Double, bandwidth: Double
  ) throws {
    let profile = try #require(try ProfileCatalog.profile(id))
    let usable = try #require(profile.usableCapacity).count / 1_048_576
    #expect(usable >= shownMiB && usable < shownMiB * 1.02)
    #expect(abs((profile.memory.dataBandwidth ?? 0) / bandwidth - 1) < 1e-9)
    let limit = try #require(profile.memory.limitingBandwidth).figure.value
    #expect(limit > bandwidth, "the bound keeps the theoretical bandwidth")
  }

  @Test func `peaks of CPUs are stated at the highest clock, never below the base clock`() throws {
    for profile in try ProfileCatalog.all() {
      guard let base = profile.baseClock else { continue }
      let clock = try #require(profile.clock)
      #expect(profile.kind == .cpu && base.value <= clock.value, "\(profile.id)")
      let cores = Double(try #require(profile.cores))
      let fp32 = try #require(profile.fastestRate(of: .fp32))
      // Whole vectors: 16, 32 or 64 operations a clock; two kinds of cores give a mean of both.
      let perClock = fp32.peak.value / cores / clock.value
      #expect((15...64.5).contains(perClock), "\(profile.id): \(perClock)")
    }
  }

  @Test func `boards without in-band ECC keep all of their memory and bandwidth`() throws {
    let profile = try #require(try ProfileCatalog.profile("nvidia-a100-80gb-sxm"))
    #expect(profile.memory.inBandECCFraction == nil)
    #expect(profile.memory.dataBandwidth == profile.memory.theoreticalBandwidth?.value)
    #expect(profile.usableCapacity?.count == profile.memory.capacity?.value)
  }

  @Test func `identifiers are lower case with hyphens and names are unique`() throws {
    let allowed = Set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    var seen: Set<String> = []
    for profile in try ProfileCatalog.all() {
      #expect(profile.id.allSatisfy(allowed.contains), "\(profile.id)")
      #expect(seen.insert(profile.name).inserted, "\(profile.name) twice")
    }
  }

  @Test(arguments: [
    // Vendor datasheets and the arithmetic on them.
    ("nvidia-a100-80gb-pcie", 1.935e12, ComputeUnit.fp16, 312e12),
    ("nvidia-a100-80gb-sxm", 2.039e12, .int8, 624e12),
    ("nvidia-h100-80gb-sxm", 3.35e12, .fp16, 989.4e12),
    ("nvidia-rtx-4090", 1.008e12, .int8, 660.6e12),
    ("apple-m1-8-core-gpu", 68.26e9, .fp16, 2.617e12),
    ("apple-m2-max-38-core-gpu", 409.6e9, .fp32, 13.6e12),
    ("raspberry-pi-4", 12.8e9, .fp32, 48e9),
    ("raspberry-pi-5", 17.07e9, .int8, 614.4e9),
  ])
  func `headline figures are those of the datasheet`(
    id: String, bandwidth: Double, unit: ComputeUnit, peak: Double
  ) throws {
    let profile = try #require(try ProfileCatalog.profile(id))
    let stated = try #require(profile.bandwidth)
    #expect(abs(stated.value / bandwidth - 1) < 0.005)
    let rate = try #require(profile.fastestRate(of: unit))
    #expect(abs(rate.peak.value / peak - 1) < 0.005, "\(rate.peak.value)")
  }

  @Test func `an Apple GPU may use two thirds of a small memory and three quarters of a large`()
    throws
  {
    let profile = try #require(try ProfileCatalog.profile("apple-m2-max-38-core-gpu"))
    #expect(profile.usableCapacity(of: .gibibytes(96)).gibibytes == 72)
    // 32 GiB: 21845.33 MiB in the logs.
    #expect(abs(profile.usableCapacity(of: .gibibytes(32)).gibibytes * 1024 - 21845.33) < 0.01)
  }

  @Test func `an unknown identifier is nil, not an error`() throws {
    #expect(try ProfileCatalog.profile("nvidia-a100") == nil)
  }
}
