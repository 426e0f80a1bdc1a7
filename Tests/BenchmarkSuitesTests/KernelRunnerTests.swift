@testable import BenchmarkSuites
import Foundation
import Kernels
import Measurement
import QuantizationFormats
import Testing

/// What is recorded of cases; never how fast they were.
@Suite(.serialized) struct KernelRunnerTests {
  private static let environment = EnvironmentRecord.current()
  private static let policy = SamplingPolicy(minimumRounds: 6, maximumRounds: 6, budgetSeconds: 0)

  private static func runner() -> KernelRunner { KernelRunner(policy, on: environment) }

  private static func smallest(_ subject: KernelCase.Subject = .matmul) -> KernelCase {
    KernelCase(
      subject: subject, format: "q4_0", rows: 32, columns: 64, tokens: 3, threads: 1,
      isa: KernelRegistry.best(for: .q4_0)?.isa ?? "", placement: .resident,
      distribution: subject == .error ? .normal : nil)
  }

  @Test func `a product is recorded with raw samples and reads back`() throws {
    let result = try #require(try Self.runner().run(Self.smallest()))
    let timing = try #require(result.timing)
    #expect(timing.seconds.count == 6 && timing.seconds.allSatisfy { $0 > 0 })
    // 32 rows in two panels of 16; 64 columns in two blocks of 18 bytes.
    #expect(timing.weightBytes == 32 * 2 * 18)
    #expect(result.loss == nil)
    for ceiling in timing.ceilings { #expect(ceiling.ratesPerSecond.count == 6) }
    #expect(result.advisories.contains { $0.kind == .debugBuild } == BuildRecord.isDebug)
    let data = try JSONEncoder().encode(result)
    let decoded = try JSONDecoder().decode(KernelResult.self, from: data)
    #expect(decoded.timing == result.timing && decoded.kernelCase == result.kernelCase)
  }

  @Test(arguments: [
    ("f16", 128.0), ("q8_0", 68), ("q4_0", 36), ("int8", 66), ("rptq4", 32), ("rptq3", 24),
  ])
  func `attention is recorded with the bytes of its context`(
    format: String, bytesPerKey: Double
  ) throws {
    var item = KernelCase(
      subject: .attention, format: format, rows: 70, columns: 2 * 64, tokens: 3, threads: 2,
      isa: TransformerISA.best(), placement: .resident, heads: .init(queriesPerKey: 3, width: 64))
    let timing = try #require(try Self.runner().run(item)?.timing)
    // 70 keys and as many values of two heads.
    #expect(timing.weightBytes == Int(70 * 2 * 2 * bytesPerKey))
    #expect(timing.seconds.count == 6 && timing.ceilings.map(\.kind) == [.read, .fp32])
    item.isa = "vax"
    #expect(throws: SuiteError.self) { try Self.runner().run(item) }
    item.isa = TransformerISA.best()
    item.format = "q4_k"
    #expect(throws: SuiteError.self) { try Self.runner().run(item) }
  }

  @Test func `the peaks of every instruction set that runs here can be measured`() throws {
    let plan = CalibrationPlan(for: Self.environment, memoryBytes: 64 << 20, isQuick: true)
    let peaks = plan.cases.filter { $0.format == "registers" && $0.threads == 1 }
    #expect(peaks.isEmpty == (ISA.allowed == []), "portable is below every other")
    for item in peaks {
      let timing = try #require(try Self.runner().run(item)?.timing)
      #expect(timing.ceiling(.fp32) != nil && timing.ceiling(.dotProducts) != nil)
      #expect(timing.ceilings.filter { $0.kind != .read }.map(\.pattern) == [item.isa, item.isa])
    }
  }

  @Test func `cancelling gives no result`() throws {
    #expect(try Self.runner().run(Self.smallest(), isCancelled: { true }) == nil)
  }

  @Test func `a kernel that does not run here is an error`() {
    var item = Self.smallest()
    item.isa = "vax"
    #expect(throws: (any Error).self) { try Self.runner().run(item) }
  }

  @Test func `more threads than processors are said to be too many`() throws {
    var item = Self.smallest()
    item.threads = Self.environment.usableProcessors + 1
    let result = try #require(try Self.runner().run(item))
    #expect(result.advisories.contains { $0.kind == .oversubscribed })
    #expect(result.timing?.isPinned == false)
  }

  /// 8-bit rounding of normal numbers: steps of max/127 with a uniform error give 40 to 50 dB; four
  /// bits less lose four times 6 dB.
  @Test func `losses have the size that theory gives`() throws {
    func loss(_ format: String, _ distribution: KernelCase.Distribution) throws
      -> KernelResult.Loss
    {
      var item = Self.smallest(.error)
      (item.rows, item.columns, item.format) = (64, 1024, format)
      item.distribution = distribution
      return try #require(try Self.runner().run(item)?.loss)
    }
    let eight = try loss("q8_0", .normal)
    let four = try loss("q4_0", .normal)
    #expect((42...48).contains(eight.weightSignalToNoise ?? 0), "\(eight)")
    #expect((18...24).contains(four.weightSignalToNoise ?? 0), "\(four)")
    #expect(eight.productRelativeError < 0.02 && four.productRelativeError > 0.05)
    // The weights are the same; activations with outliers lose more.
    let outliers = try loss("q8_0", .outliers)
    #expect(outliers.weightSignalToNoise == eight.weightSignalToNoise)
    #expect(outliers.productRelativeError > eight.productRelativeError)
    // LLM.int8() takes the outliers apart: it loses less than without.
    let plain = try loss("llm-int8", .outliers)
    let apart = try loss("llm-int8+outliers", .outliers)
    let half = try loss("llm-int8+f16-outliers", .outliers)
    #expect(apart.productRelativeError < 0.6 * plain.productRelativeError)
    // Other columns decide what is lost: weights of outliers in 8 bits lose next to nothing more.
    #expect(half.productRelativeError < 1.05 * apart.productRelativeError)
  }

  @Test(arguments: [
    "llm-int8+outliers", "llm-int8+f16-outliers", "llm-int8+per-tensor", "llm-int8+static",
    "int8-rowsum+static", "int6-channel", "int4-channel", "int4-c32+a8", "int4-c32+a4",
    "int3-c32+a3",
  ])
  func `every way of quantization systems can be timed`(format: String) throws {
    let suite = try #require(try SuiteCatalog.suite("quantization-systems"))
    let cases = try suite.cases(for: ExpansionTarget(processors: 1))
    var item = try #require(cases.first { $0.format == format && $0.subject == .matmul })
    (item.rows, item.columns, item.tokens) = (48, 1024, 3)
    item.placement = .resident
    let timing = try #require(try Self.runner().run(item)?.timing)
    #expect(timing.weightBytes >= 48 * 1024 * 3 / 8 && timing.ceilings.count == 2)
  }
}
