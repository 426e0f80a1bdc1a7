import StrictJSON

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The constants of a family of engines, what they were fitted on and how well they predict.
public struct FittedConstants: Sendable {
  /// A constant: the logarithm of a factor, and how many rows it rests on.
  public struct Effect: Hashable, Sendable {
    /// The term, or term, class and level: "unpack.format:q4_0".
    public let name: String
    /// The natural logarithm of the factor.
    public let value: Double
    /// The spread that the rows leave open, in logarithms: all of the prior's for one without.
    public let spread: Double
    /// Rows that it rests on.
    public let rows: Int
  }

  /// How far off predictions are for devices that were left out of the fit.
  public struct ClassError: Hashable, Sendable {
    /// The class.
    public let name: String
    /// Rows and devices.
    public let rows: Int
    /// Devices among them.
    public let devices: Int
    /// The median of |predicted / measured - 1| of speeds.
    public let median: Double
    /// The 90th percentile of it.
    public let percentile90: Double
    /// 80 % of |log error| are below this many spreads.
    public let reach: Double
  }

  /// The family.
  public let family: EngineFamily
  /// Rows that were fitted.
  public let rows: Int
  /// Devices that were fitted.
  public let devices: Int
  /// The share of the error's variance that all rows of one device have in common.
  public let deviceShare: Double
  /// Half the width, in logarithms, that an interval has for an architecture that no row has.
  public let newArchitectureReach: Double
  /// The constants by name.
  public let effects: [Effect]
  /// Errors by class; the one called "all" serves classes with too few rows, the one called "several
  /// tokens" classes of steps of several tokens.
  public let errors: [ClassError]

  private let known: [String: Effect]

  init(
    family: EngineFamily, rows: Int, devices: Int, deviceShare: Double,
    newArchitectureReach: Double, effects: [Effect], errors: [ClassError]
  ) {
    self.family = family
    self.rows = rows
    self.devices = devices
    self.deviceShare = deviceShare
    self.newArchitectureReach = newArchitectureReach
    self.effects = effects
    self.errors = errors
    known = Dictionary(
      effects.filter { $0.rows > 0 }.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
  }

  /// An effect; `nil` where no row has touched it.
  func effect(_ name: String) -> Effect? { known[name] }

  /// Rows of a class from which its own interval is taken.
  public static let rowsForOwnInterval = 12

  /// The error of `name`, or of all classes together where it has too few rows.
  public func error(of name: String) -> ClassError? {
    if let own = errors.first(where: { $0.name == name && $0.rows >= Self.rowsForOwnInterval }) {
      return own
    }
    return errors.first { $0.name == "all" }
  }

  /// The error of exactly `name`.
  public func ownError(of name: String) -> ClassError? { errors.first { $0.name == name } }
}

extension FittedConstants {
  /// Five significant digits: more would only be noise in the file.
  private static func rounded(_ value: Double) -> Double { (value * 1e5).rounded() / 1e5 }

  init(
    family: EngineFamily, system: EffectSystem, values: [Double], leftOut: [IntervalReach.Row],
    newArchitectureReach: Double
  ) {
    let support = system.support { _ in true }
    let spreads = system.fit.openSpreads(values) { _ in true }
    let observations = system.observations
    let several = observations.contains(where: \.hasSeveralTokens) ? [ErrorClass.severalTokens] : []
    let names = Set(observations.map(\.errorClass)).sorted() + several + ["all"]
    let single = observations.indices.filter { !observations[$0].hasSeveralTokens }
    let errors = names.map { name in
      let members =
        name == "all"
        ? single
        : observations.indices.filter {
          observations[$0].errorClass == name
            || name == ErrorClass.severalTokens && observations[$0].hasSeveralTokens
        }
      let speedErrors = members.map { abs(exp(leftOut[$0].residual) - 1) }
      return ClassError(
        name: name, rows: members.count,
        devices: Set(members.map { observations[$0].device }).count,
        median: Self.rounded(Quantiles.value(0.5, of: speedErrors)),
        percentile90: Self.rounded(Quantiles.value(0.9, of: speedErrors)),
        reach: Self.rounded(IntervalReach.of(members.map { leftOut[$0] })))
    }
    self.init(
      family: family, rows: observations.count,
      devices: Set(observations.map(\.device)).count,
      deviceShare: Self.rounded(
        DeviceShare.of(
          single.map { leftOut[$0].residual }, devices: single.map { leftOut[$0].device })),
      newArchitectureReach: Self.rounded(newArchitectureReach),
      effects: system.names.indices.map {
        Effect(
          name: system.names[$0], value: Self.rounded(values[$0]),
          spread: Self.rounded(spreads[$0]), rows: support[$0])
      }, errors: errors)
  }

}

/// How wide an 80 % interval is, in spreads of a row: the residual scale together with what classes
/// that nobody has measured leave open; an architecture that is new widens it further.
public enum IntervalReach {
  /// A row whose device was left out of the fit.
  public struct Row: Sendable {
    let device: String
    /// log(measured time / predicted time).
    public let residual: Double
    /// The spread that effects of classes leave that no other device has, in logarithms.
    public let unknown: Double
  }

  /// The spread of a row, in logarithms.
  public static func spread(unknown: Double) -> Double {
    (EffectFit.residualScale * EffectFit.residualScale + unknown * unknown).squareRoot()
  }

  /// Half the width of an interval of so many spreads, in logarithms.
  public static func halfWidth(_ reach: Double, unknown: Double, newcomer: Double) -> Double {
    let own = reach * spread(unknown: unknown)
    return (own * own + newcomer * newcomer).squareRoot()
  }

  /// The reach that holds for four rows in five of a device to come.
  ///
  /// Rows of one device err together, so that D devices are D draws: the quantile is raised by
  /// 1 + 1/2D, Hazen's plotting position for the next draw, but no further than to 0.83: with 0.84 more
  /// than 85 % of the rows of CPUs and of eager PyTorch were inside, their devices left out.
  public static func of(_ rows: [Row]) -> Double {
    let devices = Double(max(Set(rows.map(\.device)).count, 1))
    let share = min(0.8 * (1 + 0.5 / devices), 0.83)
    return Quantiles.value(
      share, of: rows.map { abs($0.residual) / spread(unknown: $0.unknown) })
  }
}

/// Quantiles of a sample.
public enum Quantiles {
  /// The `share` quantile of `values`, interpolated; 0 for none.
  public static func value(_ share: Double, of values: [Double]) -> Double {
    let sorted = values.sorted()
    guard let last = sorted.last else { return 0 }
    let position = share * Double(sorted.count - 1)
    let index = Int(position)
    guard index + 1 < sorted.count else { return last }
    return sorted[index] + (position - Double(index)) * (sorted[index + 1] - sorted[index])
  }
}

/// The intraclass correlation of errors.
enum DeviceShare {
  /// Variance between devices over all variance, by one-way analysis; clipped to 0.1...0.95.
  static func of(_ residuals: [Double], devices: [String]) -> Double {
    let clipped = residuals.map { min(max($0, -0.5), 0.5) }
    let groups = Dictionary(grouping: clipped.indices, by: { devices[$0] })
      .filter { $0.value.count > 1 }.sorted { $0.key < $1.key }.map(\.value)
    var within = 0.0
    var between = 0.0
    var count = 0.0
    for group in groups {
      let mean = group.reduce(0) { $0 + clipped[$1] } / Double(group.count)
      for index in group { within += (clipped[index] - mean) * (clipped[index] - mean) }
      between += mean * mean
      count += Double(group.count - 1)
    }
    guard count > 0, !groups.isEmpty else { return 0.5 }
    let own = within / count
    let common = between / Double(groups.count)
    return min(max(common / max(common + own, 1e-12), 0.1), 0.95)
  }
}

extension FittedConstants: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case schemaVersion = "schema_version"
    case family, rows, devices
    case deviceShare = "device_share"
    case newArchitectureReach = "new_architecture_reach"
    case effects, errors
  }

  /// Decodes a file that `ridgeline fit` wrote.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    try fields.checkSchemaVersion(1, forKey: .schemaVersion)
    self.init(
      family: try fields.decodeChoice(EngineFamily.self, forKey: .family),
      rows: try fields.decode(Int.self, forKey: .rows),
      devices: try fields.decode(Int.self, forKey: .devices),
      deviceShare: try fields.decode(Double.self, forKey: .deviceShare),
      newArchitectureReach: try fields.decode(Double.self, forKey: .newArchitectureReach),
      effects: try fields.decode([Effect].self, forKey: .effects),
      errors: try fields.decode([ClassError].self, forKey: .errors))
  }
}

extension FittedConstants.Effect: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case name, value, spread, rows
  }

  /// Decodes one constant.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    name = try fields.decode(String.self, forKey: .name)
    value = try fields.decode(Double.self, forKey: .value)
    spread = try fields.decode(Double.self, forKey: .spread)
    rows = try fields.decode(Int.self, forKey: .rows)
  }
}

extension FittedConstants.ClassError: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case name, rows, devices, median
    case percentile90 = "percentile_90"
    case reach
  }

  /// Decodes the error of one class.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    name = try fields.decode(String.self, forKey: .name)
    rows = try fields.decode(Int.self, forKey: .rows)
    devices = try fields.decode(Int.self, forKey: .devices)
    median = try fields.decode(Double.self, forKey: .median)
    percentile90 = try fields.decode(Double.self, forKey: .percentile90)
    reach = try fields.decode(Double.self, forKey: .reach)
  }
}
