/// A published time with everything that the terms need to explain it.
public struct Observation: Sendable {
  /// The device's identifier: what is left out as a whole in cross-validation.
  public let device: String
  /// The model's identifier.
  public let model: String
  /// Where the row stands, for messages.
  public let label: String
  /// The class whose error the row counts towards.
  public let errorClass: String
  /// Seconds of a prefill or a decode step.
  public let seconds: Double
  /// How much the source is trusted, 0 to 1.
  public let trust: Double
  /// Rows of one device from one source share a weight.
  public let cluster: String
  let architecture: String
  /// Whether the source says that memory was placed badly, which says nothing of other machines.
  let isNUMAImpaired: Bool
  /// Whether a decode step was of several tokens.
  public let hasSeveralTokens: Bool
  let groups: [TermGroup]
  let work: PassWork

  /// Describes a published time.
  public init(
    family: EngineFamily, device: DeviceTraits, engine: EngineSetting, precision: PrecisionTraits,
    work: PassWork, threads: Int?, isNUMAImpaired: Bool = false, seconds: Double, trust: Double,
    deviceID: String, model: String, cluster: String, label: String, hasSeveralTokens: Bool = false
  ) {
    self.device = deviceID
    self.model = model
    architecture = device.architecture
    self.label = label
    self.seconds = seconds
    self.trust = trust
    self.cluster = cluster
    self.work = work
    groups = ExpectedTerms.groups(
      family, device: device, engine: engine, precision: precision, threads: threads,
      isNUMAImpaired: isNUMAImpaired)
    let name = ErrorClass.name(family, device: device, engine: engine)
    self.isNUMAImpaired = isNUMAImpaired
    self.hasSeveralTokens = hasSeveralTokens
    errorClass =
      isNUMAImpaired
      ? "\(name), NUMA-impaired" : hasSeveralTokens ? ErrorClass.severalTokens(name) : name
  }
}

/// The terms of a family.
enum ExpectedTerms {
  static func groups(
    _ family: EngineFamily, device: DeviceTraits, engine: EngineSetting,
    precision: PrecisionTraits, threads: Int?, isNUMAImpaired: Bool
  ) -> [TermGroup] {
    let cores = CPUTerms(
      device: device, engine: engine, precision: precision, threads: threads,
      isNUMAImpaired: isNUMAImpaired)
    let decode = DecodeTerms(device: device, engine: engine, precision: precision)
    switch family {
    case .llamaCppDecode: return decode.llamaCpp
    case .fusedDecode: return decode.fused
    case .eagerDecode: return decode.eager
    case .cpuDecode: return cores.decode
    case .prefill:
      return PrefillTerms(device: device, engine: engine, precision: precision).groups
    case .cpuPrefill: return cores.prefill
    }
  }
}

/// Groups of rows whose errors are alike; intervals are calibrated for each.
public enum ErrorClass {
  /// Steps of several tokens of all classes together.
  static let severalTokens = "several tokens"

  /// The class of steps of several tokens beside the class `name` of single ones.
  static func severalTokens(_ name: String) -> String { "\(name), \(severalTokens)" }

  /// The class of a device running an engine.
  public static func name(
    _ family: EngineFamily, device: DeviceTraits, engine: EngineSetting
  ) -> String {
    switch family {
    case .llamaCppDecode, .prefill:
      if family == .prefill, !engine.isLlamaCppOnGPU { return "other engines" }
      guard engine.key == "cuda" else { return engine.key }
      return "cuda, \(device.memoryClass.rawValue.uppercased())"
    case .fusedDecode:
      return engine.key == "cuda"
        ? "llama.cpp, for comparison"
        : device.vendor == "NVIDIA" ? "NVIDIA" : "other vendors"
    case .eagerDecode: return "eager"
    case .cpuDecode, .cpuPrefill: return "CPU"
    }
  }
}
