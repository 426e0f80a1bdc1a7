import BenchmarkSuites
import Foundation
import HardwareProfiles
import Reports
import StrictJSON
import Testing

@testable import Measurement
@testable import ridgeline

@Suite struct CalibratedProfileTests {
  /// A ceilings result of `threads` threads that read `bytes` bytes.
  private static func ceilings(
    _ threads: Int, _ bytes: Int, _ placement: String, rate: Double, fastest: Double? = nil
  ) throws -> KernelResult {
    let rates = fastest.map { "\(rate), \(rate), \($0)" } ?? "\(rate)"
    let text = """
      {"case": {"subject": "ceilings", "format": "bytes", "rows": \(bytes / 4096),
        "columns": 4096, "tokens": 1, "threads": \(threads), "isa": "probe",
        "placement": "\(placement)"},
       "timing": {"seconds_per_product": [1], "products_per_round": 1, "weight_bytes": \(bytes),
        "ceilings": [{"kind": "read", "pattern": "made up", "per_second": [\(rates)]},
          {"kind": "dot_products", "pattern": "avx2", "per_second": [\(rate * 10)]},
          {"kind": "fp32", "pattern": "avx2", "per_second": [\(rate * 3)]},
          {"kind": "write", "pattern": "memset", "per_second": [\(rate / 2)]}],
        "pages": "", "pinned": true},
       "advisories": []}
      """
    return try JSONDecoder().decode(KernelResult.self, from: Data(text.utf8))
  }

  private static func profile() throws -> CalibratedProfile {
    var environment = EnvironmentRecord.current()
    environment.processor.caches = [
      CacheRecord(level: "L1d", bytes: 32_768, sharedBy: 1),
      CacheRecord(level: "L2", bytes: 1 << 20, sharedBy: 1),
    ]
    environment.processor.logicalProcessors = 2
    let figures = CalibrationFigures(
      [
        try ceilings(1, 16_384, "resident", rate: 1e11),
        try ceilings(1, 1 << 30, "memory", rate: 1e10),
        try ceilings(2, 32_768, "resident", rate: 2e11),
        try ceilings(2, 1 << 20, "resident", rate: 9e10),
        try ceilings(2, 1 << 30, "memory", rate: 1.5e10, fastest: 1.7e10),
      ])
    return CalibratedProfile(
      figures: figures, environment: environment, path: "out/My Machine.json", name: "Mine")
  }

  @Test func `figures of the whole machine are found in the profile`() throws {
    let text = try Self.profile().json.text()
    let profile = try StrictJSON.decode(
      HardwareProfile.self, from: Data(text.utf8), file: "mine.json")
    #expect(profile.id == "my-machine" && profile.name == "Mine" && profile.kind == .cpu)
    #expect(profile.memory.sustainedBandwidth?.value == 1.5e10)
    #expect(profile.memory.sustainedBandwidth?.basis == .measured)
    #expect(profile.memory.theoreticalBandwidth == nil, "nobody measures a datasheet")
    #expect(profile.memory.fastestBandwidth?.value == 1.7e10, "what bounds it")
    let peaks = try #require(profile.kernels?.peaks)
    #expect(peaks.count == 2 * 2 && Set(peaks.map(\.unit)) == [.int8, .fp32])
    #expect(peaks.first { $0.unit == .int8 && $0.threads == 1 }?.operationsPerSecond == 1e12)
    #expect(profile.fastestRate(of: .int8)?.peak.value == 2e12)
    #expect(profile.fastestRate(of: .fp32)?.peak.value == 6e11)
    // Two instances of each; the largest working set of at most half of both together.
    #expect(profile.caches.map(\.capacity.value) == [65_536, 2_097_152])
    #expect(profile.caches.map { $0.bandwidth?.value } == [2e11, 9e10])
    #expect(profile.kernels?.reads.count == 5)
    let writes = try #require(profile.kernels?.transfers)
    #expect(writes.count == 5 && writes.allSatisfy { $0.kind == .write })
    #expect(writes.last?.threads == 2 && writes.last?.bytesPerSecond == 7.5e9)
  }

  @Test func `predict takes a calibrated profile`() throws {
    let directory = try ScratchDirectory()
    let path = try directory.file("mine.json", try Self.profile().json.text())
    let run = CommandRun([
      "predict", "--model", "tinyllama-1.1b", "--precision", "q4_0", "--device", path, "--output",
      "json",
    ])
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(try run.json()["decode"] != nil)
    let text = CommandRun([
      "predict", "--model", "tinyllama-1.1b", "--precision", "q4_0", "--device", path,
    ])
    #expect(text.output.contains("17 GB/s fastest read"), "\(text.output)")
    #expect(text.output.contains("decode, expected"), "\(text.output)")
  }
}
