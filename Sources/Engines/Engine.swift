public import HardwareProfiles
public import QuantizationFormats
import StrictJSON

/// An inference engine as data: how it works, on what it runs, and which constants describe it.
public struct Engine: Sendable, Identifiable {
  /// A back end: the constants it uses and the vendors whose devices it serves; "CPU" for CPUs.
  public struct Backend: Hashable, Sendable {
    /// The name under which constants are kept.
    public let key: String
    /// The constants of its decode.
    public let decode: EngineFamily
    /// Whose devices it serves.
    public let vendors: [String]
    /// Eras of its builds, the oldest first; empty where builds are not told apart.
    public let eras: [Era]
  }

  /// A time in which builds ran alike.
  public struct Era: Hashable, Sendable {
    /// The name under which constants are kept.
    public let id: String
    /// The first month, as 2024-03, that no longer belongs to it; `nil` for the newest.
    public let before: String?
  }

  /// The identifier.
  public let id: String
  /// The name for people.
  public let name: String
  /// What it is.
  public let summary: String
  /// How weights are multiplied.
  public let weights: String
  /// How attention is computed.
  public let attention: String
  /// What is paid for each operation and token.
  public let overhead: String
  /// Back ends, the preferred first.
  public let backends: [Backend]
  /// Bytes of memory beyond weights, cache and activations, and where the figure is from.
  public let memory: Memory?

  /// Memory beyond weights, cache and activations.
  public struct Memory: Hashable, Sendable {
    /// Bytes of context, graphs and work space.
    public let runtimeBytes: Double
    /// Where the figure is from.
    public let source: String
  }
}

/// Why an engine cannot be used: the name, the era or the device.
public struct EngineError: Error, Hashable, CustomStringConvertible {
  /// What is wrong and the remedy.
  public let problem: String

  /// Where, what and the remedy.
  public var description: String { problem }
}

extension Engine {
  /// How the engine runs on `profile`, as it was in `month` ("2024-05"; `nil` for now).
  ///
  /// - Throws: `EngineError` where it has no back end for the device, or for a malformed month.
  public func setting(
    for profile: HardwareProfile, month: String?, flashAttention: Bool? = nil
  ) throws(EngineError) -> EngineSetting {
    let target = profile.kind == .cpu ? "CPU" : profile.vendor
    guard let backend = backends.first(where: { $0.vendors.contains(target) }) else {
      throw EngineError(
        problem: "--engine \(id): has no back end for \(profile.name); it runs on"
          + " \(Set(backends.flatMap(\.vendors)).sorted().joined(separator: ", "))")
    }
    return EngineSetting(
      key: backend.key, decodeFamily: backend.decode,
      era: try era(of: backend, month), flashAttention: flashAttention)
  }

  private func era(of backend: Backend, _ month: String?) throws(EngineError) -> String {
    guard let month else { return backend.eras.last?.id ?? "" }
    let parts = month.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].count == 4, parts[1].count == 2, Int(parts[0]) != nil,
      let number = Int(parts[1]), (1...12).contains(number)
    else {
      throw EngineError(
        problem: "--engine \(id)@\(month): write the month as YYYY-MM, as in \(id)@2024-05")
    }
    return backend.era(in: month)
  }

  /// The identifier of the engine that people would run `precision` with on `profile`.
  public static func usual(for profile: HardwareProfile, _ precision: Precision) -> String {
    if profile.kind == .cpu || profile.vendor == "Apple" || precision.arithmetic == .ggml {
      return "llama.cpp"
    }
    let id = precision.id
    if ["f16", "bf16", "f32"].contains(id) { return "llama.cpp" }
    if id.hasPrefix("nf4") || id.hasPrefix("fp4") || id.hasPrefix("llm-int8") {
      return "transformers"
    }
    if id.hasPrefix("gptq") || id.hasPrefix("w4a16") { return "exllama" }
    return "vllm"
  }
}

extension Engine.Backend {
  /// The era of a build of `month`, "2024-05"; empty where builds are not told apart.
  public func era(in month: String) -> String {
    eras.first { $0.before.map { month < $0 } ?? true }?.id ?? ""
  }
}

extension Engine: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case schemaVersion = "schema_version"
    case id, name, summary, weights, attention, overhead, backends, memory
  }

  /// Decodes an engine file.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    try fields.checkSchemaVersion(1, forKey: .schemaVersion)
    id = try fields.decode(String.self, forKey: .id)
    name = try fields.decode(String.self, forKey: .name)
    summary = try fields.decode(String.self, forKey: .summary)
    weights = try fields.decode(String.self, forKey: .weights)
    attention = try fields.decode(String.self, forKey: .attention)
    overhead = try fields.decode(String.self, forKey: .overhead)
    backends = try fields.decode([Backend].self, forKey: .backends)
    memory = try fields.decodeIfPresent(Memory.self, forKey: .memory)
  }
}

extension Engine.Backend: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case key, decode, vendors, eras
  }

  /// Decodes a back end.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    key = try fields.decode(String.self, forKey: .key)
    decode = try fields.decodeChoice(EngineFamily.self, forKey: .decode)
    vendors = try fields.decode([String].self, forKey: .vendors)
    eras = try fields.decodeIfPresent([Engine.Era].self, forKey: .eras) ?? []
  }
}

extension Engine.Era: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case id, before
  }

  /// Decodes an era.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    id = try fields.decode(String.self, forKey: .id)
    before = try fields.decodeIfPresent(String.self, forKey: .before)
  }
}

extension Engine.Memory: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case runtimeBytes = "runtime_bytes"
    case source
  }

  /// Decodes the memory overhead.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    runtimeBytes = try fields.decode(Double.self, forKey: .runtimeBytes)
    source = try fields.decode(String.self, forKey: .source)
  }
}
