import StrictJSON

/// One test of a whole model: what runs, and how.
public struct ModelCase: Hashable, Sendable {
  /// The catalog's identifier, or the name of the file.
  public var model: String
  /// The identifier of the precision of the weights.
  public var precision: String
  /// How keys and values are cached.
  public var cache: String
  /// What is timed.
  public var test: SpeedTest
  /// Sequences that run together, B.
  public var sequences: Int
  /// The most prompt tokens of a sequence that pass together.
  public var chunk: Int
  /// Threads.
  public var threads: Int

  /// A case of these parts.
  public init(
    model: String, precision: String, cache: String, test: SpeedTest, sequences: Int, chunk: Int,
    threads: Int
  ) {
    self.model = model
    self.precision = precision
    self.cache = cache
    self.test = test
    self.sequences = sequences
    self.chunk = chunk
    self.threads = threads
  }

  /// Tells cases apart, in results files and between processes.
  public var key: String {
    "\(model) \(precision) kv-\(cache) \(test) x\(sequences) chunk\(chunk) t\(threads)"
  }
}

extension ModelCase: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case model, precision, phase, tokens, depth, sequences, chunk, threads
    case cache = "kv_cache"
  }

  /// Chunks of a prompt; each is predicted on its own.
  private static let mostChunks = 4096

  /// Decodes a case.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    func count(_ key: CodingKeys, atLeast least: Int = 1) throws -> Int {
      let value = try fields.decode(Int.self, forKey: key)
      guard value >= least, value <= 1 << 24 else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: fields,
          debugDescription: "is \(value), must be \(least) to \(1 << 24)")
      }
      return value
    }
    model = try fields.decode(String.self, forKey: .model)
    precision = try fields.decode(String.self, forKey: .precision)
    cache = try fields.decode(String.self, forKey: .cache)
    test = SpeedTest(
      phase: try fields.decodeChoice(SpeedTest.Phase.self, forKey: .phase),
      tokens: try count(.tokens), depth: try count(.depth, atLeast: 0))
    sequences = try count(.sequences)
    chunk = try count(.chunk)
    guard test.tokens / chunk < Self.mostChunks else {
      throw DecodingError.dataCorruptedError(
        forKey: .chunk, in: fields,
        debugDescription: "cuts \(test.tokens) tokens into more than \(Self.mostChunks) parts")
    }
    threads = try count(.threads)
  }

  /// Encodes a case.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(model, forKey: .model)
    try fields.encode(precision, forKey: .precision)
    try fields.encode(cache, forKey: .cache)
    try fields.encode(test.phase.rawValue, forKey: .phase)
    try fields.encode(test.tokens, forKey: .tokens)
    try fields.encode(test.depth, forKey: .depth)
    try fields.encode(sequences, forKey: .sequences)
    try fields.encode(chunk, forKey: .chunk)
    try fields.encode(threads, forKey: .threads)
  }
}
