public import Units

/// How a tensor's numbers are stored: a block layout, and what is kept once per row or tensor.
public struct StorageFormat: Hashable, Sendable, Identifiable {
  /// Along what the blocks of a tensor run.
  public enum BlockRun: Hashable, Sendable {
    /// Blocks run along the input dimension; every row is padded to whole blocks (ggml, GPTQ).
    case row
    /// Blocks run through the flattened tensor and may cross rows (bitsandbytes' 4-bit formats).
    case tensor
  }

  /// A value that is kept outside the blocks.
  public struct SharedValue: Hashable, Sendable {
    /// How much of the tensor shares one value.
    public enum Scope: Hashable, Sendable {
      /// This many consecutive weights of the flattened tensor.
      case weights(Int)
      /// This many consecutive weights of a row; the last group of a row may be shorter.
      case group(Int)
      /// One output row, also called a channel.
      case row
      /// The whole tensor.
      case tensor
    }

    /// What the value is.
    public let name: String
    /// Its width in bits.
    public let bits: Int
    /// How much of the tensor shares it.
    public let scope: Scope

    /// Describes a value of `bits` bits for each `scope`.
    public init(_ name: String, bits: Int, per scope: Scope) {
      self.name = name
      self.bits = bits
      self.scope = scope
    }
  }

  /// The identifier, in lower case as the field writes it: `q4_0`, `nf4-dq`, `int4-g128`.
  public let id: String
  /// One line that says what the format is.
  public let summary: String
  /// The blocks.
  public let layout: BlockLayout
  /// Along what the blocks run.
  public let blockRun: BlockRun
  /// What is kept outside the blocks.
  public let sharedValues: [SharedValue]

  /// Describes a format.
  public init(
    id: String, summary: String, layout: BlockLayout, blockRun: BlockRun = .row,
    sharedValues: [SharedValue] = []
  ) {
    self.id = id
    self.summary = summary
    self.layout = layout
    self.blockRun = blockRun
    self.sharedValues = sharedValues
  }

  /// The cost of one weight in bits inside a very large tensor with rows of `columns` weights.
  public func bitsPerWeight(columns: Int = 4096) -> Double {
    sharedValues.reduce(layout.bitsPerWeight) { bits, value in
      switch value.scope {
      case .weights(let count): bits + Double(value.bits) / Double(count)
      case .group(let count):
        bits + Double(value.bits) * groups(of: count, in: columns) / Double(columns)
      case .row: bits + Double(value.bits) / Double(columns)
      case .tensor: bits
      }
    }
  }

  /// The size of a tensor of `rows` x `columns` weights, padding included.
  ///
  /// `columns` is the input (reduction) dimension along which blocks run.
  public func bytes(rows: Int, columns: Int) -> Bytes {
    let weights = Double(rows) * Double(columns)
    let block = Double(layout.weightsPerBlock)
    let blocks =
      switch blockRun {
      case .row: Double(rows) * (Double(columns) / block).rounded(.up)
      case .tensor: (weights / block).rounded(.up)
      }
    let shared = sharedValues.reduce(0.0) { bits, value in
      switch value.scope {
      case .weights(let count):
        bits + Double(value.bits) * (weights / Double(count)).rounded(.up)
      case .group(let count):
        bits + Double(value.bits) * Double(rows) * groups(of: count, in: columns)
      case .row: bits + Double(value.bits) * Double(rows)
      case .tensor: bits + Double(value.bits)
      }
    }
    return Bytes(((blocks * Double(layout.bitsPerBlock) + shared) / 8).rounded(.up))
  }

  /// Whether rows of `columns` weights are whole blocks, which ggml demands of a row.
  public func divides(columns: Int) -> Bool {
    columns.isMultiple(of: layout.weightsPerBlock)
  }

  private func groups(of count: Int, in columns: Int) -> Double {
    (Double(columns) / Double(count)).rounded(.up)
  }
}
