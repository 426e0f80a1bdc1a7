import HardwareProfiles
import QuantizationFormats
import Roofline
import Testing
import TransformerModels
import Units

@testable import Engines

/// Whether expected speeds behave between and beyond the rows that they were fitted on.
@Suite struct ExpectedSpeedTests {
  private static let precisions = ["f16", "q8_0", "q4_0", "q4_k_m", "awq-4bit-g128"]
  private static let model = "llama-3-8b"

  /// Prices a decode step or a prefill of the usual engine.
  private struct Pricing {
    let estimator: Estimator
    let decode: ExpectedTime
    let prefill: ExpectedTime

    init?(_ profile: HardwareProfile, _ precisionID: String) throws {
      let precision = try PrecisionCatalog.precision(precisionID)
      let id = Engine.usual(for: profile, precision)
      guard let engine = try EngineCatalog.engine(id),
        let setting = try? engine.setting(for: profile, month: nil),
        let device = DeviceTraits(profile),
        let constants = try EngineCatalog.constants(setting.decodeFamily),
        let prefillConstants = try EngineCatalog.constants(.prefill)
      else { return nil }
      let plan = OperationPlan(
        model: try ModelCatalog.entry(named: ExpectedSpeedTests.model).model,
        precision: precision)
      estimator = try Estimator(plan: plan, device: Device(profile, precision: precision))
      let traits = PrecisionTraits(precision)
      decode = ExpectedTime(
        setting.decodeFamily, constants: constants, device: device, engine: setting,
        precision: traits)
      prefill = ExpectedTime(
        .prefill, constants: prefillConstants, device: device, engine: setting, precision: traits)
    }

    func speed(_ pass: Pass) -> ExpectedSpeed {
      let phase = estimator.estimate(pass)
      return (pass.decodeSteps == nil ? prefill : decode).speed(
        PassWork(phase, plan: estimator.plan), tokens: pass.tokens,
        bound: phase.bound.seconds.value)
    }
  }

  @Test func `no expected speed, nor the end of its interval, beats the bound`() throws {
    for profile in try ProfileCatalog.all() {
      for precision in Self.precisions {
        guard let pricing = try Pricing(profile, precision) else { continue }
        for pass in [
          Pass(decodingAt: 512, sequences: 1), Pass(decodingAt: 512, sequences: 16),
          Pass(sequences: 1, newTokens: 512, cachedBefore: 0),
        ] {
          let speed = pricing.speed(pass)
          let bound = pricing.estimator.estimate(pass).bound.tokensPerSecond
          #expect(speed.high <= bound * (1 + 1e-9), "\(profile.id), \(precision)")
          #expect(speed.low > 0 && speed.low < speed.tokensPerSecond)
          #expect(speed.tokensPerSecond <= speed.high)
        }
      }
    }
  }

  @Test func `a longer context is never faster, and doubling it never jumps`() throws {
    for profile in try ProfileCatalog.all() {
      for precision in ["f16", "q4_k_m"] {
        guard let pricing = try Pricing(profile, precision) else { continue }
        var last = Double.infinity
        for context in [1, 16, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384] {
          let speed = pricing.speed(Pass(decodingAt: context, sequences: 1)).tokensPerSecond
          #expect(speed <= last * (1 + 1e-9), "\(profile.id), \(precision), \(context)")
          #expect(last.isInfinite || speed > last / 2.2, "\(profile.id), \(context)")
          last = speed
        }
      }
    }
  }

  @Test func `a larger batch never takes less time nor fewer tokens per second by half`() throws {
    for profile in try ProfileCatalog.all() {
      guard let pricing = try Pricing(profile, "f16") else { continue }
      var last = 0.0
      for batch in [1, 2, 4, 8, 16, 32, 64] {
        let seconds = pricing.speed(Pass(decodingAt: 512, sequences: batch)).seconds
        #expect(seconds >= last, "\(profile.id), \(batch)")
        last = seconds
      }
    }
  }

  @Test func `fewer bits are never slower by more than the unpacking costs`() throws {
    // q8_0 reads half of what f16 reads: no device in the catalog is expected slower with it.
    for profile in try ProfileCatalog.all() {
      guard let wide = try Pricing(profile, "f16"), let narrow = try Pricing(profile, "q8_0")
      else { continue }
      let pass = Pass(decodingAt: 256, sequences: 1)
      #expect(
        narrow.speed(pass).tokensPerSecond > wide.speed(pass).tokensPerSecond, "\(profile.id)")
    }
  }

  @Test func `more bandwidth is never slower, cores and class being equal`() throws {
    for id in ["nvidia-rtx-4090", "nvidia-h100-80gb-sxm", "apple-m2-max-38-core-gpu"] {
      let profile = try #require(try ProfileCatalog.profile(id))
      let device = try #require(DeviceTraits(profile))
      let setting = try #require(try EngineCatalog.engine("llama.cpp"))
        .setting(for: profile, month: nil)
      let constants = try #require(try EngineCatalog.constants(.llamaCppDecode))
      let precision = PrecisionTraits(try PrecisionCatalog.precision("q4_0"))
      let work = PassWork(counts: [
        .weightBytes: 3.8e9, .weightsUnpacked: 6.7e9, .layers: 32, .cacheBytes: 1e8,
      ])
      var last = Double.infinity
      for factor in [0.25, 0.5, 0.8, 1, 1.25, 2, 4] {
        let time = ExpectedTime(
          .llamaCppDecode, constants: constants, device: device.scaled(bandwidth: factor),
          engine: setting, precision: precision
        ).speed(work, tokens: 1, bound: 0).seconds
        #expect(time <= last)
        last = time
      }
    }
  }

  @Test func `neighbouring classes differ by less than their intervals`() throws {
    // The same board under another architecture's name: constants of classes, nothing else.
    let profile = try #require(try ProfileCatalog.profile("nvidia-rtx-4090"))
    let device = try #require(DeviceTraits(profile))
    let setting = try #require(try EngineCatalog.engine("llama.cpp"))
      .setting(for: profile, month: nil)
    let constants = try #require(try EngineCatalog.constants(.llamaCppDecode))
    let precision = PrecisionTraits(try PrecisionCatalog.precision("q4_k_m"))
    let work = PassWork(counts: [
      .weightBytes: 4.6e9, .weightsUnpacked: 7.5e9, .layers: 32, .cacheBytes: 1e8,
    ])
    func speed(_ architecture: String) -> ExpectedSpeed {
      ExpectedTime(
        .llamaCppDecode, constants: constants, device: device.renamed(architecture),
        engine: setting, precision: precision
      ).speed(work, tokens: 1, bound: 0)
    }
    let own = speed("ada")
    let unknown = speed("from-the-future")
    #expect(unknown.high / unknown.low > own.high / own.low, "an unknown class is less certain")
    for name in ["ampere", "blackwell", "from-the-future"] {
      let other = speed(name)
      #expect(other.low < own.high && own.low < other.high, "\(name)")
    }
  }

  @Test(arguments: ["apple-m4-max-40-core-gpu", "nvidia-rtx-4090", "nvidia-a100-80gb-pcie"])
  func `an interval widens away from what was published`(device: String) throws {
    let profile = try #require(try ProfileCatalog.profile(device))
    let pricing = try #require(try Pricing(profile, "q4_0"))
    func width(_ pass: Pass) -> Double {
      let speed = pricing.speed(pass)
      return speed.seconds / (pass.tokens / speed.high)
    }
    // Most contexts of the table are below 8,192 tokens, and its batches are of one sequence.
    #expect(
      width(Pass(decodingAt: 100_000, sequences: 1)) > width(Pass(decodingAt: 512, sequences: 1)))
    #expect(
      width(Pass(decodingAt: 512, sequences: 256)) > width(Pass(decodingAt: 512, sequences: 1)))
  }

  @Test func `a measurement of one's own moves the estimate towards it and narrows it`() throws {
    let profile = try #require(try ProfileCatalog.profile("apple-m1-pro-16-core-gpu"))
    let pricing = try #require(try Pricing(profile, "q4_0"))
    let pass = Pass(decodingAt: 256, sequences: 1)
    let phase = pricing.estimator.estimate(pass)
    let work = PassWork(phase, plan: pricing.estimator.plan)
    func speed(_ time: ExpectedTime) -> ExpectedSpeed { time.speed(work, tokens: 1, bound: 0) }
    let plain = speed(pricing.decode)
    let once = speed(pricing.decode.corrected(by: [0.2]))
    let thrice = speed(pricing.decode.corrected(by: [0.2, 0.2, 0.2]))
    #expect(once.seconds > plain.seconds)
    #expect(thrice.seconds > once.seconds)
    #expect(thrice.seconds < plain.seconds * 1.2215)
    #expect(once.high / once.low < plain.high / plain.low)
    #expect(thrice.high / thrice.low < once.high / once.low)
    #expect(speed(pricing.decode.corrected(by: [])) == plain)
  }

  @Test(
    "The share of bandwidth of a class of CPUs is the mean of those that are measured",
    arguments: [("apple", 3), ("cortex", 5), ("server", 5), ("desktop", 2)])
  func share(kind: String, measured: Int) throws {
    let shares = try ProfileCatalog.all().compactMap { profile -> Double? in
      guard profile.kind == .cpu, let device = DeviceTraits(profile),
        CPUTerms.kind(of: device) == kind
      else { return nil }
      return device.sustainedBandwidth.map { $0 / device.bandwidth }
    }
    #expect(shares.count == measured)
    let mean = shares.reduce(0, +) / Double(shares.count)
    #expect(abs(try #require(CPUTerms.typicalShare[kind]) - mean) < 0.005)
  }
}

extension DeviceTraits {
  fileprivate func scaled(bandwidth factor: Double) -> DeviceTraits {
    var copy = self
    copy.bandwidth *= factor
    return copy
  }

  fileprivate func renamed(_ architecture: String) -> DeviceTraits {
    var copy = self
    copy.architecture = architecture
    return copy
  }
}
