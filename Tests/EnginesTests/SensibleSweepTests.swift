import HardwareProfiles
import QuantizationFormats
import Roofline
import Testing
import TransformerModels
import Units

@testable import Engines

/// Sweeps far beyond the rows of the fit: expected speeds must follow physics there too.
@Suite struct SensibleSweepTests {
  fileprivate static let precisions = ["f16", "q8_0", "q4_0", "q4_k_m", "q2_k"]
  private static let factors = [0.25, 0.4, 0.6, 0.8, 1, 1.1, 1.25, 1.5, 2, 3, 4]

  /// llama.cpp on one device, with the bandwidth as a variable.
  fileprivate struct Sweep {
    var device: DeviceTraits
    let setting: EngineSetting
    let precision: Precision
    let estimator: Estimator

    init?(_ profile: HardwareProfile, _ precisionID: String) throws {
      guard let device = DeviceTraits(profile), let engine = try EngineCatalog.engine("llama.cpp"),
        let setting = try? engine.setting(for: profile, month: nil)
      else { return nil }
      self.device = device
      self.setting = setting
      precision = try PrecisionCatalog.precision(precisionID)
      estimator = try Estimator(
        plan: try #require(try Self.plans[precisionID]?.get()),
        device: Device(profile, precision: precision))
    }

    private static let plans = Dictionary(
      uniqueKeysWithValues: SensibleSweepTests.precisions.map { id in
        (
          id,
          Result {
            OperationPlan(
              model: try ModelCatalog.entry(named: "llama-2-7b").model,
              precision: try PrecisionCatalog.precision(id))
          }
        )
      })

    /// What a pass asks of any device.
    func work(_ pass: Pass) -> PassWork { PassWork(estimator.estimate(pass), plan: estimator.plan) }

    /// Decoded once: the sweeps ask thousands of times.
    private static let constants = Dictionary(
      uniqueKeysWithValues: EngineFamily.allCases.map { family in
        (family, Result { try EngineCatalog.constants(family) })
      })

    /// The expected speed of a pass with `factor` times the bandwidth; bounds do not count.
    func speed(
      _ pass: Pass, bandwidth factor: Double = 1, work: PassWork? = nil
    ) throws -> ExpectedSpeed {
      var device = device
      device.bandwidth *= factor
      let family = pass.decodeSteps == nil ? setting.prefillFamily : setting.decodeFamily
      let constants = try #require(try Self.constants[family]?.get() ?? nil)
      return ExpectedTime(
        family, constants: constants, device: device, engine: setting,
        precision: PrecisionTraits(precision)
      ).speed(
        work ?? self.work(pass), tokens: pass.tokens, bound: 0)
    }
  }

  private static let decode = Pass(decodingAt: 256, sequences: 1)
  private static let prefill = Pass(sequences: 1, newTokens: 512, cachedBefore: 0)

  /// Time falls with bandwidth, at most in proportion to it.
  ///
  /// Where a device crosses into another
  /// class, the step must stay inside the interval that is stated.
  @Test func `more bandwidth is never slower, and no border of a class is a cliff`() throws {
    for profile in try ProfileCatalog.all() {
      for precision in Self.precisions {
        guard let sweep = try Sweep(profile, precision) else { continue }
        for pass in [Self.decode, Self.prefill] {
          var last: (factor: Double, speed: ExpectedSpeed)?
          let work = sweep.work(pass)
          for factor in Self.factors {
            let speed = try sweep.speed(pass, bandwidth: factor, work: work)
            if let last {
              let gain = last.speed.seconds / speed.seconds
              let step = factor / last.factor
              let place: Comment = "\(profile.id), \(precision), x \(factor): \(gain)"
              if gain < 1 - 1e-9 || gain > step * (1 + 1e-9) {
                #expect(speed.high > last.speed.low && speed.low < last.speed.high * step, place)
              }
            }
            last = (factor, speed)
          }
        }
      }
    }
  }

  @Test func `classes of memory and architecture are the only places where bandwidth costs time`()
    throws
  {
    var slower: Set<String> = []
    for profile in try ProfileCatalog.all() {
      guard let sweep = try Sweep(profile, "q4_0") else { continue }
      var last = Double.infinity
      let work = sweep.work(Self.decode)
      for factor in Self.factors {
        let seconds = try sweep.speed(Self.decode, bandwidth: factor, work: work).seconds
        if seconds > last * (1 + 1e-9) { slower.insert(profile.id) }
        last = seconds
      }
    }
    // Only CPUs have a class that follows from bandwidth: desktops become servers.
    let cpus = try ProfileCatalog.all().filter { $0.kind == .cpu }.map(\.id)
    #expect(slower.isSubset(of: cpus), "\(slower.subtracting(cpus))")
  }

  @Test func `a longer prompt takes longer, and its speed never jumps`() throws {
    for profile in try ProfileCatalog.all() {
      for precision in ["f16", "q4_k_m"] {
        guard let sweep = try Sweep(profile, precision) else { continue }
        var last: ExpectedSpeed?
        for tokens in [16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384] {
          let speed = try sweep.speed(Pass(sequences: 1, newTokens: tokens, cachedBefore: 0))
          if let last {
            #expect(speed.seconds > last.seconds, "\(profile.id), \(precision), \(tokens)")
            let ratio = speed.tokensPerSecond / last.tokensPerSecond
            #expect(ratio > 0.4 && ratio < 2.01, "\(profile.id), \(tokens): \(ratio)")
          }
          last = speed
        }
      }
    }
  }

  @Test func `every step of batch, context and format stays within physics`() throws {
    for profile in try ProfileCatalog.all() {
      guard let wide = try Sweep(profile, "f16"), let narrow = try Sweep(profile, "q4_0") else {
        continue
      }
      var last: [Double] = []
      for batch in [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64] {
        let seconds = try [128, 512, 2048, 8192].map {
          try narrow.speed(Pass(decodingAt: $0, sequences: batch)).seconds
        }
        #expect(seconds == seconds.sorted(), "\(profile.id): longer contexts take longer")
        for (now, before) in zip(seconds, last) {
          #expect(now >= before && now <= 2.001 * before, "\(profile.id), batch \(batch)")
        }
        last = seconds
      }
      // A quarter of the bytes: never slower, and at most four times as fast.
      let gain =
        try wide.speed(Self.decode).seconds / narrow.speed(Self.decode).seconds
      #expect(gain > 1 && gain < 4.2, "\(profile.id): \(gain)")
    }
  }

  @Test func `any name of an architecture gives a finite speed inside its interval`() throws {
    for profile in try ProfileCatalog.all() {
      guard let own = try Sweep(profile, "q4_k_m") else { continue }
      for name in ["", "from-the-future", "ada"] {
        var sweep = own
        sweep.device.architecture = name
        let speed = try sweep.speed(Self.decode)
        #expect(speed.low > 0 && speed.low < speed.tokensPerSecond, "\(profile.id), \(name)")
        #expect(speed.tokensPerSecond < speed.high && speed.high.isFinite)
        #expect(speed.high / speed.low < 100, "\(profile.id), \(name)")
      }
    }
  }
}
