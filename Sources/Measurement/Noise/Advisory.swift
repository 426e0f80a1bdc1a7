internal import StrictJSON

/// One reason not to trust a measurement, with the figure that crossed its limit.
public struct Advisory: Hashable, Sendable {
  /// What is wrong.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Other processes kept so many processors busy.
    case otherLoad = "other_load"
    /// The hypervisor took that share of the time.
    case stolenTime = "stolen_time"
    /// Something else worked on the threads' cores in that share of the rounds.
    case sharedCore = "shared_core"
    /// The threads' processors were not where they had been in that share of the rounds.
    case moved
    /// Plain reads of memory before and after differ by that share.
    case memoryDrift = "memory_drift"
    /// The system took the processor away that many times a second.
    case preempted
    /// The median absolute deviation is that share of the median.
    case spread
    /// The medians of the first and the second half differ by that share.
    case drift
    /// The interval of the median is that wide.
    case imprecise
    /// There are only so many samples.
    case fewSamples = "few_samples"
    /// The core's clock fell to that share of the highest seen.
    case throttled
    /// More threads than processors.
    case oversubscribed
    /// The program was built without optimization.
    case debugBuild = "debug_build"
  }

  /// What is wrong.
  public let kind: Kind
  /// The figure.
  public let value: Double
  /// What it may be at most; at least, for `fewSamples` and `throttled`.
  public let limit: Double

  /// An advisory of these parts.
  public init(_ kind: Kind, value: Double, limit: Double) {
    self.kind = kind
    self.value = value
    self.limit = limit
  }
}

extension Advisory: CustomStringConvertible {
  /// The reason in a few words.
  public var description: String {
    switch kind {
    case .otherLoad: "other processes kept \(Self.short(value)) processors busy"
    case .stolenTime: "the hypervisor took \(Self.percent(value)) of the time"
    case .sharedCore: "something else worked on the same core in \(Self.percent(value)) of rounds"
    case .moved: "the processors were elsewhere in \(Self.percent(value)) of rounds"
    case .memoryDrift:
      "plain reads of memory changed by \(Self.percent(value)) from before to after"
    case .preempted: "preempted \(Self.short(value)) times a second"
    case .spread: "samples deviate by \(Self.percent(value)) from their median"
    case .drift: "the median moved by \(Self.percent(value)) between the halves"
    case .imprecise: "known to \(Self.percent(value)) only, not \(Self.percent(limit))"
    case .fewSamples: "only \(Int(value)) samples"
    case .throttled: "the clock fell to \(Self.percent(value)) of the highest seen"
    case .oversubscribed: "\(Int(value)) threads on \(Int(limit)) processors"
    case .debugBuild: "debug build"
    }
  }

  private static func percent(_ share: Double) -> String { short(share * 100) + " %" }

  private static func short(_ value: Double) -> String {
    guard value < 10 else { return value < 1e15 ? "\(Int(value.rounded()))" : "\(value)" }
    return "\((value * 100).rounded() / 100)"
  }
}

extension Advisory: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case kind, value, limit
  }

  /// Decodes an advisory.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    kind = try fields.decodeChoice(Kind.self, forKey: .kind)
    value = try fields.decode(Double.self, forKey: .value)
    limit = try fields.decode(Double.self, forKey: .limit)
  }

  /// Encodes an advisory.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(kind.rawValue, forKey: .kind)
    try fields.encode(value, forKey: .value)
    try fields.encode(limit, forKey: .limit)
  }
}
