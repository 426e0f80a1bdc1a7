import StrictJSON

/// One thing to measure: a product of one shape in one format, attention to a cache, or the error that a
/// format makes.
public struct KernelCase: Hashable, Sendable {
  /// What is measured.
  public enum Subject: String, Hashable, Sendable, CaseIterable {
    /// The time of C[m,n] = A[m,k] * B[k,n].
    case matmul
    /// The time in which queries meet the keys and values of one layer.
    case attention
    /// The distance of a format's weights and product from double precision.
    case error
    /// Reading rows x columns bytes again and again, and the arithmetic peaks; no format.
    case ceilings
  }

  /// Where the weights are read from.
  public enum Placement: String, Hashable, Sendable, CaseIterable {
    /// From memory: copies that exceed the last-level cache take turns.
    case memory
    /// From wherever one matrix stays that is read again and again.
    case resident
  }

  /// What the numbers look like.
  public enum Distribution: String, Hashable, Sendable, CaseIterable {
    /// Normally distributed weights and activations.
    case normal
    /// One channel in 64 of the activations is 20 times as large, as in large language models.
    case outliers
    /// Weights of a real model, with correlated activations; the format is a system's identifier.
    case layer
  }

  /// How the queries of attention meet keys.
  public struct Heads: Hashable, Sendable, CustomStringConvertible {
    /// Heads of queries that share one head of keys and values.
    public var queriesPerKey: Int
    /// Numbers of a key, and of a value.
    public var width: Int

    /// `4q128`: four queries for each key of 128 numbers.
    public var description: String { "\(queriesPerKey)q\(width)" }
  }

  /// What is measured.
  public var subject: Subject
  /// The identifier of the format of weights, or of the cache.
  public var format: String
  /// Outputs, m; of attention, tokens in the cache, the new ones included.
  public var rows: Int
  /// Inputs, k; of attention, numbers of all keys of one token.
  public var columns: Int
  /// Tokens, n.
  public var tokens: Int
  /// Threads that share the work.
  public var threads: Int
  /// The instruction set of the kernel, by the name that kernels carry.
  public var isa: String
  /// Where the weights are read from.
  public var placement: Placement
  /// What the numbers look like; `nil` where only time counts.
  public var distribution: Distribution?
  /// How queries meet keys, in attention alone.
  public var heads: Heads?

  /// The error of a quantization system on a layer of a real model.
  public static func layer(
    of system: String, rows: Int, columns: Int, tokens: Int
  ) -> KernelCase {
    KernelCase(
      subject: .error, format: system, rows: rows, columns: columns, tokens: tokens, threads: 1,
      isa: "reference", placement: .resident, distribution: .layer)
  }

  /// Tells cases apart, in results files and between processes.
  public var key: String {
    var words = [
      subject.rawValue, format, "\(rows)x\(columns)", "n\(tokens)", "t\(threads)", isa,
      placement.rawValue,
    ]
    if let distribution { words.append(distribution.rawValue) }
    if let heads { words.append("\(heads)") }
    return words.joined(separator: " ")
  }
}

extension KernelCase: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case subject, format, rows, columns, tokens, threads, isa, placement, distribution
    case queriesPerKey = "queries_per_key"
    case headWidth = "head_width"
  }

  /// Decodes a case.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    func count(_ key: CodingKeys) throws -> Int {
      let value = try fields.decode(Int.self, forKey: key)
      guard value > 0 else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: fields, debugDescription: "is \(value), must be at least 1")
      }
      return value
    }
    subject = try fields.decodeChoice(Subject.self, forKey: .subject)
    format = try fields.decode(String.self, forKey: .format)
    rows = try count(.rows)
    columns = try count(.columns)
    tokens = try count(.tokens)
    threads = try count(.threads)
    isa = try fields.decode(String.self, forKey: .isa)
    placement = try fields.decodeChoice(Placement.self, forKey: .placement)
    distribution =
      fields.contains(.distribution)
      ? try fields.decodeChoice(Distribution.self, forKey: .distribution) : nil
    guard subject == .attention else { return }
    let heads = Heads(queriesPerKey: try count(.queriesPerKey), width: try count(.headWidth))
    self.heads = heads
    guard tokens <= rows, columns.isMultiple(of: heads.width) else {
      throw DecodingError.dataCorruptedError(
        forKey: .rows, in: fields,
        debugDescription:
          "of attention must be at least the tokens, and columns a multiple of head_width")
    }
  }

  /// Encodes a case.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(subject.rawValue, forKey: .subject)
    try fields.encode(format, forKey: .format)
    try fields.encode(rows, forKey: .rows)
    try fields.encode(columns, forKey: .columns)
    try fields.encode(tokens, forKey: .tokens)
    try fields.encode(threads, forKey: .threads)
    try fields.encode(isa, forKey: .isa)
    try fields.encode(placement.rawValue, forKey: .placement)
    try fields.encodeIfPresent(distribution?.rawValue, forKey: .distribution)
    try fields.encodeIfPresent(heads?.queriesPerKey, forKey: .queriesPerKey)
    try fields.encodeIfPresent(heads?.width, forKey: .headWidth)
  }
}
