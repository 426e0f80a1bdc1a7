internal import StrictJSON

/// The processors of the machine; what the system does not tell is absent.
public struct ProcessorRecord: Hashable, Sendable {
  /// The name that the system gives: "AMD EPYC 9354 32-Core Processor".
  public var name: String?
  /// The vendor or implementer.
  public var vendor: String?
  /// "x86_64" or "arm64".
  public var architecture: String
  /// Family, model and stepping on x86; implementer, part and revision on Arm.
  public var revision: String?
  /// Hardware threads that are online.
  public var logicalProcessors: Int
  /// Those that this process may use.
  public var allowedProcessors: Int?
  /// Cores.
  public var cores: Int?
  /// Sockets.
  public var sockets: Int?
  /// Caches of the first processor, from the smallest.
  public var caches: [CacheRecord] = []
  /// The instruction sets that matter for matrix products, in the system's spelling.
  public var instructionSets: [String] = []
  /// The frequency governor.
  public var governor: String?
  /// The lowest clock in Hz that the system states.
  public var minimumClock: Double?
  /// The highest clock in Hz that the system states.
  public var maximumClock: Double?
  /// The clock in Hz that a chain of additions showed when the record was made.
  public var measuredClock: Double?
}

/// One cache.
public struct CacheRecord: Hashable, Sendable {
  /// "L1d", "L2", "L3".
  public var level: String
  /// Bytes of one instance.
  public var bytes: Int
  /// How many processors share an instance.
  public var sharedBy: Int?
}

extension ProcessorRecord {
  /// Bytes of the last cache before memory; `nil` if no cache is known.
  public var lastLevelCacheBytes: Int? { caches.map(\.bytes).max() }
}

extension CacheRecord: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case level, bytes
    case sharedBy = "shared_by"
  }

  /// Decodes a cache.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    level = try fields.decode(String.self, forKey: .level)
    bytes = try fields.decode(Int.self, forKey: .bytes)
    sharedBy = try fields.decodeIfPresent(Int.self, forKey: .sharedBy)
  }
}

extension ProcessorRecord: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case name, vendor, architecture, revision, cores, sockets, caches, governor
    case logicalProcessors = "logical_processors"
    case allowedProcessors = "allowed_processors"
    case instructionSets = "isa"
    case minimumClock = "minimum_clock_hz"
    case maximumClock = "maximum_clock_hz"
    case measuredClock = "measured_clock_hz"
  }

  /// Decodes a record.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    name = try fields.decodeIfPresent(String.self, forKey: .name)
    vendor = try fields.decodeIfPresent(String.self, forKey: .vendor)
    architecture = try fields.decode(String.self, forKey: .architecture)
    revision = try fields.decodeIfPresent(String.self, forKey: .revision)
    logicalProcessors = try fields.decode(Int.self, forKey: .logicalProcessors)
    allowedProcessors = try fields.decodeIfPresent(Int.self, forKey: .allowedProcessors)
    cores = try fields.decodeIfPresent(Int.self, forKey: .cores)
    sockets = try fields.decodeIfPresent(Int.self, forKey: .sockets)
    caches = try fields.decode([CacheRecord].self, forKey: .caches)
    instructionSets = try fields.decode([String].self, forKey: .instructionSets)
    governor = try fields.decodeIfPresent(String.self, forKey: .governor)
    minimumClock = try fields.decodeIfPresent(Double.self, forKey: .minimumClock)
    maximumClock = try fields.decodeIfPresent(Double.self, forKey: .maximumClock)
    measuredClock = try fields.decodeIfPresent(Double.self, forKey: .measuredClock)
  }
}
