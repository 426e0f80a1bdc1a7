import StrictJSON

extension HardwareProfile {
  /// What calibration measured of this machine with Ridgeline's own kernels.
  ///
  /// Predictions of kernels come from these figures alone. They were measured on other shapes than
  /// those that a validation uses.
  public struct KernelCeilings: Hashable, Sendable {
    /// Read bandwidth at one size.
    public struct Read: Hashable, Sendable {
      /// Threads that read, each its part.
      public let threads: Int
      /// Bytes that are read again and again.
      public let workingSetBytes: Double
      /// Bytes per second.
      public let bytesPerSecond: Double
    }

    /// Bandwidth of writing to memory, or of copying in it.
    public struct Transfer: Hashable, Sendable {
      /// What is done.
      public enum Kind: String, Hashable, Sendable, CaseIterable {
        case write
        /// Bytes read and bytes written are both counted.
        case copy
      }

      /// What is done.
      public let kind: Kind
      /// Threads that share the work.
      public let threads: Int
      /// Bytes that are written, or read and written.
      public let workingSetBytes: Double
      /// Bytes per second.
      public let bytesPerSecond: Double
    }

    /// What an instruction set multiplies at most, from registers.
    public struct Peak: Hashable, Sendable {
      /// The type of its operands: int8 in dot products, fp32 or bf16 in multiply-adds.
      public let unit: ComputeUnit
      /// The name of the instruction set.
      public let isa: String
      /// Threads that share the work.
      public let threads: Int
      /// Operations per second; a multiply-add is two.
      public let operationsPerSecond: Double
    }

    /// The speed of a format's kernel with weights in cache.
    public struct Rate: Hashable, Sendable {
      /// The identifier of the format.
      public let format: String
      /// The instruction set of the kernel.
      public let isa: String
      /// Threads that share the work.
      public let threads: Int
      /// Tokens that the weights are multiplied with.
      public let tokens: Int
      /// Weights per second, each multiplied with all tokens.
      public let weightsPerSecond: Double
      /// Seconds that a product takes for each of its rows beside the row's weights, for all tokens.
      public let secondsPerRow: Double
      /// Seconds that a product takes for each of its columns beside its weights, for all tokens:
      /// mostly quantizing activations.
      public let secondsPerColumn: Double
    }

    /// The speed at which a format's kernel reads weights from memory.
    public struct Stream: Hashable, Sendable {
      /// The identifier of the format.
      public let format: String
      /// The instruction set of the kernel.
      public let isa: String
      /// Threads that share the work.
      public let threads: Int
      /// Tokens that the weights are multiplied with.
      public let tokens: Int
      /// Bytes per second, multiplied with all tokens; the times of starting and of rows taken off.
      public let bytesPerSecond: Double
      /// Seconds that a product takes for each of its rows beside the row's bytes, for all tokens.
      public let secondsPerRow: Double
      /// Bytes per second of plain reads of memory meanwhile; `nil` in profiles of earlier versions.
      public let readBytesPerSecond: Double?
    }

    /// The time of a product that is too small to take any.
    public struct Dispatch: Hashable, Sendable {
      /// Threads that are woken.
      public let threads: Int
      /// Seconds.
      public let seconds: Double
    }

    /// The time of an operation that is no product of weights, at one size.
    public struct Operation: Hashable, Sendable {
      /// What it is, such as `rms_norm` or `attention_decode/f16/64/4` for the format of the cache,
      /// the width of heads and the queries that share a key.
      public let name: String
      /// Threads that share the work.
      public let threads: Int
      /// Numbers that it goes over; of attention, the cached tokens in decode and the query-key
      /// pairs in prefill.
      public let size: Double
      /// Seconds; of attention, for one head of keys.
      public let seconds: Double
    }

    /// How it was measured, and where the raw samples are.
    public let source: String
    /// Read bandwidths.
    public let reads: [Read]
    /// Bandwidths of writing and copying; empty where they were not measured.
    public let transfers: [Transfer]
    /// Arithmetic peaks by instruction set and threads; empty where they were not measured.
    public let peaks: [Peak]
    /// Rates of kernels.
    public let rates: [Rate]
    /// Bandwidths that kernels reach from memory.
    public let streams: [Stream]
    /// Times of starting a product.
    public let dispatch: [Dispatch]
    /// Times of other operations than products; empty where they were not measured.
    public let operations: [Operation]
  }
}

extension HardwareProfile.KernelCeilings: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case source, reads, transfers, peaks, rates, streams, dispatch, operations
  }

  /// Decodes ceilings; rates and times must be positive.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    source = try fields.decode(String.self, forKey: .source)
    reads = try fields.decode([Read].self, forKey: .reads)
    transfers = try fields.decodeIfPresent([Transfer].self, forKey: .transfers) ?? []
    peaks = try fields.decodeIfPresent([Peak].self, forKey: .peaks) ?? []
    rates = try fields.decode([Rate].self, forKey: .rates)
    streams = try fields.decode([Stream].self, forKey: .streams)
    dispatch = try fields.decode([Dispatch].self, forKey: .dispatch)
    operations = try fields.decodeIfPresent([Operation].self, forKey: .operations) ?? []
  }
}

extension KeyedDecodingContainer {
  /// A number above zero.
  fileprivate func positive(_ key: Key) throws -> Double {
    let value = try decode(Double.self, forKey: key)
    guard value > 0, value.isFinite else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self, debugDescription: "is \(value), must be positive")
    }
    return value
  }

  /// A number of at least zero; zero where it is missing, as in profiles of earlier versions.
  fileprivate func notNegative(_ key: Key) throws -> Double {
    let value = try decodeIfPresent(Double.self, forKey: key) ?? 0
    guard value >= 0, value.isFinite else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self, debugDescription: "is \(value), must not be negative")
    }
    return value
  }

  /// A whole number above zero.
  fileprivate func count(_ key: Key) throws -> Int {
    let value = try decode(Int.self, forKey: key)
    guard value > 0 else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self, debugDescription: "is \(value), must be at least 1")
    }
    return value
  }
}

extension HardwareProfile.KernelCeilings.Read: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case threads
    case workingSetBytes = "working_set_bytes"
    case bytesPerSecond = "bytes_per_s"
  }

  /// Decodes a bandwidth.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    threads = try fields.count(.threads)
    workingSetBytes = try fields.positive(.workingSetBytes)
    bytesPerSecond = try fields.positive(.bytesPerSecond)
  }
}

extension HardwareProfile.KernelCeilings.Transfer: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case kind, threads
    case workingSetBytes = "working_set_bytes"
    case bytesPerSecond = "bytes_per_s"
  }

  /// Decodes a bandwidth.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    kind = try fields.decodeChoice(Kind.self, forKey: .kind)
    threads = try fields.count(.threads)
    workingSetBytes = try fields.positive(.workingSetBytes)
    bytesPerSecond = try fields.positive(.bytesPerSecond)
  }
}

extension HardwareProfile.KernelCeilings.Peak: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case unit, isa, threads
    case operationsPerSecond = "ops_per_s"
  }

  /// Decodes a peak.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    unit = try fields.decodeChoice(ComputeUnit.self, forKey: .unit)
    isa = try fields.decode(String.self, forKey: .isa)
    threads = try fields.count(.threads)
    operationsPerSecond = try fields.positive(.operationsPerSecond)
  }
}

extension HardwareProfile.KernelCeilings.Rate: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case format, isa, threads, tokens
    case weightsPerSecond = "weights_per_s"
    case secondsPerRow = "seconds_per_row"
    case secondsPerColumn = "seconds_per_column"
  }

  /// Decodes a rate.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    format = try fields.decode(String.self, forKey: .format)
    isa = try fields.decode(String.self, forKey: .isa)
    threads = try fields.count(.threads)
    tokens = try fields.count(.tokens)
    weightsPerSecond = try fields.positive(.weightsPerSecond)
    secondsPerColumn = try fields.notNegative(.secondsPerColumn)
    secondsPerRow = try fields.notNegative(.secondsPerRow)
  }
}

extension HardwareProfile.KernelCeilings.Stream: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case format, isa, threads, tokens
    case bytesPerSecond = "bytes_per_s"
    case secondsPerRow = "seconds_per_row"
    case readBytesPerSecond = "read_bytes_per_s"
  }

  /// Decodes a bandwidth.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    format = try fields.decode(String.self, forKey: .format)
    isa = try fields.decode(String.self, forKey: .isa)
    threads = try fields.count(.threads)
    tokens = try fields.count(.tokens)
    bytesPerSecond = try fields.positive(.bytesPerSecond)
    secondsPerRow = try fields.notNegative(.secondsPerRow)
    readBytesPerSecond =
      fields.contains(.readBytesPerSecond) ? try fields.positive(.readBytesPerSecond) : nil
  }
}

extension HardwareProfile.KernelCeilings.Dispatch: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case threads
    case seconds
  }

  /// Decodes a time.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    threads = try fields.count(.threads)
    seconds = try fields.positive(.seconds)
  }
}

extension HardwareProfile.KernelCeilings.Operation: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case name, threads, size, seconds
  }

  /// Decodes a time.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    name = try fields.decode(String.self, forKey: .name)
    threads = try fields.count(.threads)
    size = try fields.positive(.size)
    seconds = try fields.positive(.seconds)
  }
}
