internal import StrictJSON

/// What a results file says once for each run that wrote into it.
public struct RunHeader: Hashable, Sendable {
  /// Tells runs apart; results name it.
  public var id: String
  /// When the run began, in seconds since 1970.
  public var startedUnixSeconds: Double
  /// What was run.
  public var suite: String
  /// When sampling stopped.
  public var sampling: SamplingPolicy
  /// Where it ran.
  public var environment: EnvironmentRecord

  /// The header of a run that begins now.
  public init(
    id: String, startedUnixSeconds: Double, suite: String, sampling: SamplingPolicy,
    environment: EnvironmentRecord
  ) {
    self.id = id
    self.startedUnixSeconds = startedUnixSeconds
    self.suite = suite
    self.sampling = sampling
    self.environment = environment
  }

  /// The machine of the run.
  public var machine: MachineIdentity { MachineIdentity(environment) }

  /// An identifier that no other run has.
  public static func newID() -> String {
    String(UInt64.random(in: 0 ... .max), radix: 36)
  }
}

extension RunHeader: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case id, suite, sampling, environment
    case startedUnixSeconds = "started_unix_s"
  }

  /// Decodes a header.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    id = try fields.decode(String.self, forKey: .id)
    startedUnixSeconds = try fields.decode(Double.self, forKey: .startedUnixSeconds)
    suite = try fields.decode(String.self, forKey: .suite)
    sampling = try fields.decode(SamplingPolicy.self, forKey: .sampling)
    environment = try fields.decode(EnvironmentRecord.self, forKey: .environment)
  }
}
