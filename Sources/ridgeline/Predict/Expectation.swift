import CommandLineKit
import Engines
import HardwareProfiles
import QuantizationFormats
import Roofline
import Units

/// What an engine is expected to make of a workload, next to its bound.
struct Expectation {
  /// The engine.
  let engine: Engine
  /// How it runs on the device.
  let setting: EngineSetting
  /// Reading the prompt.
  private(set) var prefill: ExpectedSpeed?
  /// One decode step.
  private(set) var decode: ExpectedSpeed?
  /// What the prefill's figure rests on.
  let prefillBasis: ExpectedBasis
  /// What the decode's figure rests on.
  let decodeBasis: ExpectedBasis
  /// Measurements of the user's that were taken into account.
  let measurements: Int
  /// Whether the speeds are sums of what calibration measured of this project's kernels, and not of
  /// fitted terms.
  private(set) var isCalibrated = false
}

extension Expectation {
  /// The share of the sum over operations that 80 of 84 runs stayed within, in
  /// `reports/end-to-end-zen-4.md`; those runs chose it, so none has tested it.
  ///
  /// They were of the machine and the hour of the calibration, so that more than eight in ten are wanted.
  private static let calibratedInterval = 0.1

  /// The same engine with speeds from `predictor`, where it has them.
  func calibrated(
    by predictor: TransformerPredictor?, _ workload: Workload, threads: Int, chunk: Int = 512
  ) -> Expectation {
    guard let predictor, engine.id == "ridgeline" else { return self }
    var result = self
    func speed(_ operations: [OperationPrediction]?, tokens: Int) -> ExpectedSpeed? {
      operations.map {
        ExpectedSpeed(
          seconds: $0.reduce(0) { $0 + $1.seconds }, tokens: Double(tokens),
          share: Self.calibratedInterval)
      }
    }
    if prefill != nil,
      let sum = speed(
        predictor.prefill(
          tokens: workload.prompt, sequences: workload.batch, threads: threads, chunk: chunk),
        tokens: workload.batch * workload.prompt)
    {
      result.prefill = sum
      result.isCalibrated = true
    }
    if decode != nil, let pass = workload.decode,
      let operations = predictor.operations(
        of: .init(
          sequences: workload.batch, tokens: 1, depth: pass.context - 1, threads: threads))
    {
      result.decode = speed(operations, tokens: workload.batch)
      result.isCalibrated = true
    }
    return result
  }
}

/// Prices one engine on one device at one precision, for any model and workload.
struct Expecter {
  let engine: Engine
  let setting: EngineSetting
  let prefill: ExpectedTime
  private(set) var decode: ExpectedTime
  private var measurements = 0

  /// `nil` for the hardware alone, or where constants or the device's bandwidth are missing.
  init?(
    _ selection: EngineSelection, profile: HardwareProfile, precision: Precision, threads: Int?
  ) throws {
    guard let (engine, setting) = try selection.engine(for: profile, precision),
      let device = DeviceTraits(profile),
      let prefill = try ConstantsCache.constants(setting.prefillFamily),
      let decode = try ConstantsCache.constants(setting.decodeFamily)
    else { return nil }
    self.engine = engine
    self.setting = setting
    let traits = PrecisionTraits(precision)
    self.prefill = ExpectedTime(
      setting.prefillFamily, constants: prefill, device: device, engine: setting, precision: traits,
      threads: threads)
    self.decode = ExpectedTime(
      setting.decodeFamily, constants: decode, device: device, engine: setting, precision: traits,
      threads: threads)
  }

  /// Prices the phases of `estimate`.
  func expectation(_ estimate: Estimate, _ estimator: Estimator) -> Expectation {
    Expectation(
      engine: engine, setting: setting,
      prefill: estimate.prefill.map { speed($0, prefill, estimator) },
      decode: estimate.decode.map { speed($0, decode, estimator) },
      prefillBasis: prefill.basis,
      decodeBasis: decode.basis(ofStepOf: estimate.decode?.pass.tokens ?? 1),
      measurements: measurements)
  }

  /// Bytes of context and work space.
  var overhead: Bytes { Bytes(engine.memory?.runtimeBytes ?? 0) }

  /// Takes the user's own decode speeds into account.
  mutating func learn(_ rows: [MeasuredSpeed], plans: (MeasuredSpeed) throws -> Estimator) throws {
    var ratios: [Double] = []
    for row in rows {
      let estimator = try plans(row)
      let phase = estimator.estimate(Pass(decodingAt: row.context, sequences: 1))
      let expected = speed(phase, decode, estimator)
      ratios.append(Logarithm.of(expected.tokensPerSecond / row.tokensPerSecond))
    }
    decode = decode.corrected(by: ratios)
    measurements = ratios.count
  }

  private func speed(
    _ phase: PhaseEstimate, _ time: ExpectedTime, _ estimator: Estimator
  ) -> ExpectedSpeed {
    var work = PassWork(phase, plan: estimator.plan, microBatch: setting.microBatch)
    if case .tensor(let count) = estimator.parallelism { work = work.divided(by: count) }
    return time.speed(
      work, tokens: phase.pass.tokens, bound: phase.bound.seconds.value,
      link: phase.linkTime.value)
  }
}

/// Constants, each family decoded once in a run and only if it is needed.
enum ConstantsCache {
  private static let llamaCpp = Result { try EngineCatalog.constants(.llamaCppDecode) }
  private static let fused = Result { try EngineCatalog.constants(.fusedDecode) }
  private static let eager = Result { try EngineCatalog.constants(.eagerDecode) }
  private static let cpu = Result { try EngineCatalog.constants(.cpuDecode) }
  private static let prefill = Result { try EngineCatalog.constants(.prefill) }
  private static let cpuPrefill = Result { try EngineCatalog.constants(.cpuPrefill) }

  static func constants(_ family: EngineFamily) throws -> FittedConstants? {
    switch family {
    case .llamaCppDecode: try llamaCpp.get()
    case .fusedDecode: try fused.get()
    case .eagerDecode: try eager.get()
    case .cpuDecode: try cpu.get()
    case .prefill: try prefill.get()
    case .cpuPrefill: try cpuPrefill.get()
    }
  }
}
