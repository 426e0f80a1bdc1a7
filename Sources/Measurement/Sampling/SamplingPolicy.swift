internal import StrictJSON

/// When to stop sampling.
public struct SamplingPolicy: Hashable, Sendable {
  /// The half-width of the 95 % interval of the median, as a share of it, that is good enough.
  public var relativePrecision: Double
  /// Rounds that are thrown away first.
  public var warmUpRounds: Int
  /// Rounds to take even if the first ones agree; at least 6, or no interval exists.
  public var minimumRounds: Int
  /// Rounds after which it stops in any case.
  public var maximumRounds: Int
  /// Seconds to sample even if all agrees, within the budget: systems count load in hundredths.
  public var minimumSeconds: Double
  /// Seconds after which it stops, once there are the fewest rounds.
  public var budgetSeconds: Double

  /// A policy; the defaults suit products of milliseconds.
  public init(
    relativePrecision: Double = 0.01, warmUpRounds: Int = 1, minimumRounds: Int = 9,
    maximumRounds: Int = 200, minimumSeconds: Double = 0.1, budgetSeconds: Double = 1
  ) {
    self.relativePrecision = relativePrecision
    self.warmUpRounds = max(0, warmUpRounds)
    self.minimumRounds = max(1, minimumRounds)
    self.maximumRounds = max(self.minimumRounds, maximumRounds)
    self.minimumSeconds = min(minimumSeconds, budgetSeconds)
    self.budgetSeconds = budgetSeconds
  }

  /// Whether `samples`, taken in `elapsed` seconds, are enough.
  func isSatisfied(by samples: Samples, elapsed: Double) -> Bool {
    if samples.count < minimumRounds { return false }
    if samples.count >= maximumRounds || elapsed >= budgetSeconds { return true }
    if elapsed < minimumSeconds { return false }
    guard let interval = samples.medianInterval() else { return false }
    return interval.relativeHalfWidth <= relativePrecision
  }
}

extension SamplingPolicy: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case relativePrecision = "relative_precision"
    case warmUpRounds = "warm_up_rounds"
    case minimumRounds = "minimum_rounds"
    case maximumRounds = "maximum_rounds"
    case minimumSeconds = "minimum_s"
    case budgetSeconds = "budget_s"
  }

  /// Decodes a policy; all fields must be there.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    relativePrecision = try fields.decode(Double.self, forKey: .relativePrecision)
    warmUpRounds = try fields.decode(Int.self, forKey: .warmUpRounds)
    minimumRounds = try fields.decode(Int.self, forKey: .minimumRounds)
    maximumRounds = try fields.decode(Int.self, forKey: .maximumRounds)
    minimumSeconds = try fields.decode(Double.self, forKey: .minimumSeconds)
    budgetSeconds = try fields.decode(Double.self, forKey: .budgetSeconds)
  }
}
