/// How one block of quantized weights is laid out: the single description of a format's size.
///
/// A block holds the codes of `weightsPerBlock` consecutive weights and whatever they share (scale,
/// minimum, zero point, high bits). Everything that needs a byte count derives it from here.
public struct BlockLayout: Hashable, Sendable {
  /// One run of equally wide items inside a block.
  public struct Field: Hashable, Sendable {
    /// What the items are, in the words of the format's reference implementation.
    public let name: String
    /// How many items a block holds.
    public let count: Int
    /// The width of one item in bits.
    public let bitsEach: Int

    /// Describes `count` items of `bitsEach` bits.
    public init(_ name: String, count: Int, bitsEach: Int) {
      precondition(count > 0 && bitsEach > 0, "\(name): \(count) items of \(bitsEach) bits")
      self.name = name
      self.count = count
      self.bitsEach = bitsEach
    }

    /// The width of the whole field in bits.
    public var bits: Int { count * bitsEach }
  }

  /// How many consecutive weights share a block.
  public let weightsPerBlock: Int
  /// The fields in the order in which they are stored.
  public let fields: [Field]

  /// The size of one block in bits, the sum of its fields.
  public let bitsPerBlock: Int

  /// Describes a block of `weightsPerBlock` weights.
  public init(weightsPerBlock: Int, _ fields: Field...) {
    self.init(weightsPerBlock: weightsPerBlock, fields: fields)
  }

  /// Describes a block of `weightsPerBlock` weights.
  public init(weightsPerBlock: Int, fields: [Field]) {
    precondition(weightsPerBlock > 0, "weightsPerBlock = \(weightsPerBlock)")
    self.weightsPerBlock = weightsPerBlock
    self.fields = fields
    self.bitsPerBlock = fields.reduce(0) { $0 + $1.bits }
  }

  /// The size of one block in bytes, if it is a whole number.
  ///
  /// GPTQ keeps a 4-bit zero point per group, so a single group of it is not.
  public var bytesPerBlock: Int? {
    bitsPerBlock.isMultiple(of: 8) ? bitsPerBlock / 8 : nil
  }

  /// The cost of one weight in bits, scales and zero points included.
  public var bitsPerWeight: Double { Double(bitsPerBlock) / Double(weightsPerBlock) }
}
