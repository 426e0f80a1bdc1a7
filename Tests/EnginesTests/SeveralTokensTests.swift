import HardwareProfiles
import QuantizationFormats
import Roofline
import Testing
import TransformerModels

@testable import Engines
@testable import PublishedMeasurements

/// What several tokens at a time cost: those of a batch, or of a draft that is verified.
@Suite struct SeveralTokensTests {
  private func work(_ pass: Pass) throws -> PassWork {
    let precision = try PrecisionCatalog.precision("q4_0")
    let plan = OperationPlan(
      model: try ModelCatalog.entry(named: "llama-2-7b").model, precision: precision)
    let profile = try #require(try ProfileCatalog.profile("nvidia-rtx-4090"))
    let estimator = try Estimator(plan: plan, device: Device(profile, precision: precision))
    return PassWork(estimator.estimate(pass), plan: plan)
  }

  private func terms(
    _ device: String, _ precision: String, era: String = "2025"
  ) throws -> [TermComponent] {
    let profile = try #require(try ProfileCatalog.profile(device))
    let terms = DecodeTerms(
      device: try #require(DeviceTraits(profile)),
      engine: EngineSetting(key: "cuda", decodeFamily: .llamaCppDecode, era: era),
      precision: PrecisionTraits(try PrecisionCatalog.precision(precision)))
    return terms.llamaCpp.flatMap { $0.parts.joined() }
  }

  @Test(arguments: [(1, 0.0), (2, 1), (5, 4), (8, 7), (9, 7), (64, 7)])
  func `vector kernels take up to eight columns`(tokens: Int, columns: Double) throws {
    let work = try work(Pass(decodingAt: 128, sequences: tokens))
    let expected = columns * work[.weightsUnpacked]
    #expect(abs(work[.extraColumns] - expected) <= 1e-9 * expected)
  }

  @Test func `tokens that share a cache attend together`() throws {
    let apart = try work(Pass(sequences: 1, newTokens: 16, cachedBefore: 496))
    let together = apart.attendingTogether
    let share = together[.attentionOperations] / apart[.attentionOperations]
    #expect(abs(share * 16 - 1) < 1e-9)
    #expect(together[.cacheBytes] == apart[.cacheBytes])
    #expect(together[.linearOperations] == apart[.linearOperations])
  }

  @Test func `further tokens cost what the products of a prefill do`() throws {
    func products(_ device: String, _ precision: String) throws -> TermComponent {
      try #require(
        try terms(device, precision).first { $0.quantity == .batchOperations })
    }
    // 128 SMs x 128 lanes x 2.52 GHz: a tenth of a cycle for an operation of a block.
    let blocks = try products("nvidia-rtx-4090", "q4_0")
    #expect(abs(blocks.unit * 128 * 128 * 2.52e9 / 0.1 - 1) < 0.01)
    #expect(blocks.effects.first == "blocks")
    let float = try products("nvidia-rtx-4090", "f16")
    #expect(abs(float.unit * 330.3e12 - 1) < 0.01)
    #expect(float.effects.first == "products")
    // A P40 has no tensor cores: 30 SMs x 128 lanes x 1.531 GHz, eight operations to a DP4A besides.
    let lanes = try products("nvidia-p40", "q4_0")
    #expect(abs(lanes.unit * 30 * 128 * 1.531e9 / (0.1 + 1 / 8.0) - 1) < 0.01)
  }

  @Test func `a P40 never expands weights, whatever the age of the build`() throws {
    for era in ["2023", "2024", "2025"] {
      let product = try #require(
        try terms("nvidia-p40", "q4_0", era: era).first { $0.quantity == .batchOperations })
      #expect(product.effects.first == "blocks", "\(era)")
    }
  }

  @Test(arguments: [
    ("nvidia-rtx-4090", "cuda, GDDR, several tokens"), ("nvidia-h100-80gb-sxm", "several tokens"),
  ])
  func `steps of several tokens have intervals of their own`(
    device: String, expected: String
  ) throws {
    let profile = try #require(try ProfileCatalog.profile(device))
    let constants = try #require(try EngineCatalog.constants(.llamaCppDecode))
    let time = ExpectedTime(
      .llamaCppDecode, constants: constants, device: try #require(DeviceTraits(profile)),
      engine: EngineSetting(key: "cuda", decodeFamily: .llamaCppDecode, era: "2025"),
      precision: PrecisionTraits(try PrecisionCatalog.precision("q4_0")))
    #expect(time.basis(ofStepOf: 1).errorClass == time.basis.errorClass)
    #expect(time.basis(ofStepOf: 16).errorClass == expected)
    func width(_ sequences: Int) throws -> Double {
      let work = try work(Pass(decodingAt: 128, sequences: sequences))
      let speed = time.speed(work, tokens: Double(sequences), bound: 0)
      return speed.high / speed.low
    }
    #expect(try width(16) > width(1))
  }

  @Test func `rows of several tokens name a pull request and stay out of headline scores`() throws {
    let rows = try PublishedRow.all().filter(\.hasSeveralTokens)
    #expect(rows.count == 198)
    for row in rows {
      #expect(row.source.hasPrefix("https://github.com/ggml-org/llama.cpp/pull/"), "\(row.label)")
      #expect(row.provenance == "gathered")
      #expect((2...64).contains(row.prompt ?? 0), "\(row.label)")
    }
  }
}
