public import Measurement
import Roofline
import StrictJSON

/// What was measured of one test of a whole model.
public struct ModelResult: ResultPayload {
  /// The name of the schema of results files.
  public static let schema = "ridgeline-model-results"
  /// The version that this code reads and writes.
  public static let schemaVersion = 1

  /// The time of one kind of operation, all layers together, in one repetition.
  public struct Operation: Hashable, Sendable {
    /// The name that the estimator gives it.
    public var name: String
    /// How often it ran.
    public var calls: Int
    /// Seconds.
    public var seconds: Double
  }

  /// What occupied memory, in bytes; what the system does not tell is absent.
  public struct Memory: Hashable, Sendable {
    /// Packed matrices.
    public var weights: Int
    /// Keys and values of full caches.
    public var cache: Int
    /// In memory before the model was loaded.
    public var before: Int?
    /// The most in memory since.
    public var peak: Int?

    /// Sizes in bytes.
    public init(weights: Int, cache: Int, before: Int?, peak: Int?) {
      self.weights = weights
      self.cache = cache
      self.before = before
      self.peak = peak
    }
  }

  /// The times of some blocks in a row, which every pass goes through.
  public struct Part: Hashable, Sendable {
    /// How often a repetition goes through it.
    public var passes: Int
    /// Seconds of one pass, one value for each during which nothing else worked on the cores.
    public var seconds: [Double]
    /// The others.
    public var disturbedSeconds: [Double]

    /// What the time of the part follows from: undisturbed times, or all if there are none.
    public var used: [Double] { seconds.isEmpty ? disturbedSeconds : seconds }
  }

  /// What was measured.
  public var modelCase: ModelCase
  /// Seconds of each repetition, disturbed or not.
  public var seconds: [Double]
  /// The times of the parts of a repetition.
  public var parts: [Part]
  /// The operations of one repetition more, in the order of execution.
  public var operations: [Operation]
  /// Seconds of that repetition.
  public var timedSeconds: Double
  /// What occupied memory.
  public var memory: Memory
  /// Bytes per second of plain reads of memory, before and after; empty where nobody looked.
  public var memoryReads: [Double]
  /// Reasons not to trust the time; none if it is steady.
  public var advisories: [Advisory]

  /// The result of a case that ran at `speed`.
  public init(
    _ modelCase: ModelCase, speed: Transformer.Speed, memory: Memory, memoryReads: [Double]
  ) {
    self.modelCase = modelCase
    seconds = speed.seconds
    parts = speed.parts
    operations = speed.operations.map {
      Operation(name: $0.kind.name, calls: $0.calls, seconds: $0.seconds)
    }
    timedSeconds = speed.timedSeconds
    self.memory = memory
    self.memoryReads = memoryReads
    advisories = speed.advisories
  }

  /// The case's key.
  public var key: String { modelCase.key }
  /// Whether nothing speaks against the time.
  public var isSteady: Bool { advisories.isEmpty }
  /// The median of the plain reads of memory; `nil` where nobody looked.
  public var memoryBytesPerSecond: Double? { Samples(memoryReads).median }
  /// Tokens of all sequences of one repetition.
  public var tokens: Int { modelCase.test.tokens * modelCase.sequences }
  /// The time of an undisturbed repetition: the sum over its parts of the median of each.
  public var undisturbedSeconds: Double {
    parts.reduce(0) { $0 + Double($1.passes) * (Samples($1.used).median ?? 0) }
  }
  /// The share of parts' times during which something else worked on the cores.
  public var disturbedShare: Double {
    let disturbed = parts.reduce(0) { $0 + $1.disturbedSeconds.count }
    let all = parts.reduce(disturbed) { $0 + $1.seconds.count }
    return Double(disturbed) / Double(max(1, all))
  }
  /// Tokens of all sequences in a second of an undisturbed repetition.
  public var tokensPerSecond: Double { Double(tokens) / undisturbedSeconds }
  /// The same of the median of whole repetitions, disturbed or not.
  public var wholeTokensPerSecond: Double {
    Double(tokens) / (Samples(seconds).median ?? .infinity)
  }
}

extension ModelResult: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case modelCase = "case"
    case seconds, parts, operations
    case timedSeconds = "timed_seconds"
    case memory
    case memoryReads = "memory_read_per_second"
    case advisories
  }

  /// Decodes a result; times must be positive.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    modelCase = try fields.decode(ModelCase.self, forKey: .modelCase)
    seconds = try fields.decode([Double].self, forKey: .seconds)
    parts = try fields.decode([Part].self, forKey: .parts)
    operations = try fields.decode([Operation].self, forKey: .operations)
    timedSeconds = try fields.decode(Double.self, forKey: .timedSeconds)
    memory = try fields.decode(Memory.self, forKey: .memory)
    memoryReads = try fields.decodeIfPresent([Double].self, forKey: .memoryReads) ?? []
    advisories = try fields.decode([Advisory].self, forKey: .advisories)
    guard !seconds.isEmpty, (seconds + [timedSeconds]).allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .seconds, in: fields, debugDescription: "must be some positive numbers")
    }
    guard memoryReads.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .memoryReads, in: fields, debugDescription: "must be positive")
    }
    guard !parts.isEmpty else {
      throw DecodingError.dataCorruptedError(
        forKey: .parts, in: fields, debugDescription: "must not be empty")
    }
  }

  /// Encodes a result.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(modelCase, forKey: .modelCase)
    try fields.encode(seconds, forKey: .seconds)
    try fields.encode(parts, forKey: .parts)
    try fields.encode(operations, forKey: .operations)
    try fields.encode(timedSeconds, forKey: .timedSeconds)
    try fields.encode(memory, forKey: .memory)
    if !memoryReads.isEmpty { try fields.encode(memoryReads, forKey: .memoryReads) }
    try fields.encode(advisories, forKey: .advisories)
  }
}

extension ModelResult.Operation: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case name, calls, seconds
  }

  /// Decodes the time of an operation.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    name = try fields.decode(String.self, forKey: .name)
    calls = try fields.decode(Int.self, forKey: .calls)
    seconds = try fields.decode(Double.self, forKey: .seconds)
  }
}

extension ModelResult.Part: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case passes, seconds
    case disturbedSeconds = "disturbed_seconds"
  }

  /// Decodes the times of a part; they must be positive.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    passes = try fields.decode(Int.self, forKey: .passes)
    seconds = try fields.decode([Double].self, forKey: .seconds)
    disturbedSeconds = try fields.decode([Double].self, forKey: .disturbedSeconds)
    guard passes > 0, !used.isEmpty, used.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .seconds, in: fields, debugDescription: "must be some positive numbers")
    }
  }

  /// Encodes the times of a part, to a tenth of a microsecond.
  public func encode(to encoder: any Encoder) throws {
    func rounded(_ values: [Double]) -> [Double] {
      values.map { max(1e-7, ($0 * 1e7).rounded() / 1e7) }
    }
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(passes, forKey: .passes)
    try fields.encode(rounded(seconds), forKey: .seconds)
    try fields.encode(rounded(disturbedSeconds), forKey: .disturbedSeconds)
  }
}

extension ModelResult.Memory: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case weights = "weights_bytes"
    case cache = "kv_cache_bytes"
    case before = "before_bytes"
    case peak = "peak_bytes"
  }

  /// Decodes what occupied memory.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    weights = try fields.decode(Int.self, forKey: .weights)
    cache = try fields.decode(Int.self, forKey: .cache)
    before = try fields.decodeIfPresent(Int.self, forKey: .before)
    peak = try fields.decodeIfPresent(Int.self, forKey: .peak)
  }
}
