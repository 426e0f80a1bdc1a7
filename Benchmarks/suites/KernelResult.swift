public import Measurement
import StrictJSON

/// What was measured of one case.
public struct KernelResult: ResultPayload {
  /// The name of the schema of results files.
  public static let schema = "ridgeline-kernel-results"
  /// The version that this code reads and writes.
  public static let schemaVersion = 1

  /// The time of a case, with what it is judged against.
  public struct Timing: Hashable, Sendable {
    /// Seconds of one product, one value for each round.
    public var seconds: [Double]
    /// The same of rounds that were left out because something else worked on the cores.
    public var disturbedSeconds: [Double] = []
    /// Seconds that starting a job on all threads took meanwhile, the median of some looks.
    ///
    /// `nil` with one thread, and in results from before it was looked at.
    public var startSeconds: Double?
    /// Products in one round, over which a value is the mean.
    public var productsPerRound: Int
    /// Bytes of packed weights that a product reads.
    public var weightBytes: Int
    /// What the machine could do at most, probed in the same rounds.
    public var ceilings: [Ceiling]
    /// Bytes per second of plain reads of memory in each round, where they are no ceiling beside it.
    public var memoryReads: [Double] = []
    /// Events that the processor or the system counted on all threads, for one product; none where the
    /// system does not let us count.
    public var counts: [HardwareCounters.Event: Double] = [:]
    /// Which pages the weights were in.
    public var pages: String
    /// Whether the threads were kept on processors of their own.
    public var isPinned: Bool
  }

  /// A rate that the machine reached beside the kernel.
  public struct Ceiling: Hashable, Sendable {
    /// What a ceiling limits.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
      /// Bytes per second read in order.
      case read
      /// Bytes per second written in order.
      case write
      /// Bytes per second read from one half of some memory and written to the other, both counted.
      case copy
      /// Operations per second of 8-bit dot products from registers.
      case dotProducts = "dot_products"
      /// Floating-point operations per second in single precision, from registers.
      case fp32
      /// Floating-point operations per second of bfloat16 pairs, from registers.
      case bf16

      /// Whether it is a rate of operations, not of bytes.
      public var isArithmetic: Bool {
        switch self {
        case .read, .write, .copy: false
        case .dotProducts, .fp32, .bf16: true
        }
      }
    }

    /// What it limits.
    public var kind: Kind
    /// How it was probed: the instruction set and the access pattern.
    public var pattern: String
    /// One value for each round, per second.
    public var ratesPerSecond: [Double]
  }

  /// What a format loses.
  public struct Loss: Hashable, Sendable {
    /// Power of the weights over that of the error of the dequantized weights, in dB; `nil` of a system,
    /// whose weights may be transformed.
    public var weightSignalToNoise: Double?
    /// The error of the product with quantized weights and activations: its norm over that of the
    /// product in double precision.
    public var productRelativeError: Double
  }

  /// What was measured.
  public var kernelCase: KernelCase
  /// The time, for the subject `matmul`.
  public var timing: Timing?
  /// The error, for the subject `error`.
  public var loss: Loss?
  /// Reasons not to trust the time; none if it is steady.
  public var advisories: [Advisory]

  /// What a system loses on a layer of a real model.
  public init(_ layer: KernelCase, relativeError: Double) {
    self.init(
      kernelCase: layer, timing: nil,
      loss: Loss(weightSignalToNoise: nil, productRelativeError: relativeError), advisories: [])
  }

  init(kernelCase: KernelCase, timing: Timing?, loss: Loss?, advisories: [Advisory]) {
    self.kernelCase = kernelCase
    self.timing = timing
    self.loss = loss
    self.advisories = advisories
  }

  /// The case's key.
  public var key: String { kernelCase.key }

  /// Whether nothing speaks against the time.
  public var isSteady: Bool { advisories.isEmpty }
}

// MARK: JSON

extension KernelResult: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case kernelCase = "case"
    case timing, loss, advisories
  }

  /// Decodes a result.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    kernelCase = try fields.decode(KernelCase.self, forKey: .kernelCase)
    timing = try fields.decodeIfPresent(Timing.self, forKey: .timing)
    loss = try fields.decodeIfPresent(Loss.self, forKey: .loss)
    advisories = try fields.decode([Advisory].self, forKey: .advisories)
    guard (timing != nil) == (kernelCase.subject != .error), (loss == nil) != (timing == nil)
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .timing, in: fields,
        debugDescription: "belongs to all subjects but 'error', which has a loss")
    }
  }
}

extension KernelResult.Timing: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case seconds = "seconds_per_product"
    case disturbedSeconds = "disturbed_seconds_per_product"
    case startSeconds = "start_s"
    case productsPerRound = "products_per_round"
    case weightBytes = "weight_bytes"
    case ceilings
    case memoryReads = "memory_read_per_second"
    case counts = "counts_per_product"
    case pages
    case isPinned = "pinned"
  }

  /// Decodes a timing; times must be positive.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    seconds = try fields.decode([Double].self, forKey: .seconds)
    disturbedSeconds =
      try fields.decodeIfPresent([Double].self, forKey: .disturbedSeconds) ?? []
    startSeconds = try fields.decodeIfPresent(Double.self, forKey: .startSeconds)
    productsPerRound = try fields.decode(Int.self, forKey: .productsPerRound)
    weightBytes = try fields.decode(Int.self, forKey: .weightBytes)
    ceilings = try fields.decode([KernelResult.Ceiling].self, forKey: .ceilings)
    memoryReads = try fields.decodeIfPresent([Double].self, forKey: .memoryReads) ?? []
    counts = try Self.counts(in: fields)
    pages = try fields.decode(String.self, forKey: .pages)
    isPinned = try fields.decode(Bool.self, forKey: .isPinned)
    guard !seconds.isEmpty, seconds.allSatisfy({ $0 > 0 }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .seconds, in: fields, debugDescription: "must be some positive numbers")
    }
    guard memoryReads.allSatisfy({ $0 > 0 }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .memoryReads, in: fields, debugDescription: "must be positive")
    }
  }

  private static func counts(
    in fields: KeyedDecodingContainer<CodingKeys>
  ) throws -> [HardwareCounters.Event: Double] {
    let named = try fields.decodeIfPresent([String: Double].self, forKey: .counts) ?? [:]
    var counts: [HardwareCounters.Event: Double] = [:]
    for (name, count) in named {
      guard let event = HardwareCounters.Event(rawValue: name), count >= 0 else {
        throw DecodingError.dataCorruptedError(
          forKey: .counts, in: fields,
          debugDescription: "has '\(name)' of \(count); names are "
            + HardwareCounters.Event.allCases.map(\.rawValue).joined(separator: ", "))
      }
      counts[event] = count
    }
    return counts
  }

  /// Encodes a timing.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(seconds, forKey: .seconds)
    if !disturbedSeconds.isEmpty {
      try fields.encode(disturbedSeconds, forKey: .disturbedSeconds)
    }
    try fields.encodeIfPresent(startSeconds, forKey: .startSeconds)
    try fields.encode(productsPerRound, forKey: .productsPerRound)
    try fields.encode(weightBytes, forKey: .weightBytes)
    try fields.encode(ceilings, forKey: .ceilings)
    if !memoryReads.isEmpty { try fields.encode(memoryReads, forKey: .memoryReads) }
    if !counts.isEmpty {
      let named = counts.map { ($0.key.rawValue, $0.value) }
      try fields.encode(Dictionary(uniqueKeysWithValues: named), forKey: .counts)
    }
    try fields.encode(pages, forKey: .pages)
    try fields.encode(isPinned, forKey: .isPinned)
  }
}

extension KernelResult.Ceiling: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case kind, pattern
    case ratesPerSecond = "per_second"
  }

  /// Decodes a ceiling; rates must be positive.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    kind = try fields.decodeChoice(Kind.self, forKey: .kind)
    pattern = try fields.decode(String.self, forKey: .pattern)
    ratesPerSecond = try fields.decode([Double].self, forKey: .ratesPerSecond)
    guard ratesPerSecond.allSatisfy({ $0 > 0 }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .ratesPerSecond, in: fields, debugDescription: "must be positive")
    }
  }

  /// Encodes a ceiling.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(kind.rawValue, forKey: .kind)
    try fields.encode(pattern, forKey: .pattern)
    try fields.encode(ratesPerSecond, forKey: .ratesPerSecond)
  }
}

extension KernelResult.Loss: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case weightSignalToNoise = "weight_sqnr_db"
    case productRelativeError = "product_relative_error"
  }

  /// Decodes a loss.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    weightSignalToNoise = try fields.decodeIfPresent(Double.self, forKey: .weightSignalToNoise)
    productRelativeError = try fields.decode(Double.self, forKey: .productRelativeError)
  }
}
