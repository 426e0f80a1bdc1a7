internal import CKernels

/// The keys and values of one layer, for some sequences of at most `capacity` tokens each.
///
/// Memory is taken from the operating system as tokens are stored. A cache serves one caller at a
/// time.
public final class KeyValueCache {
  /// Sequences, B.
  public let sequences: Int
  /// The most tokens of a sequence, a multiple of 32.
  public let capacity: Int
  /// Heads of keys and values.
  public let heads: Int
  /// Numbers of a key.
  public let keyWidth: Int
  /// Numbers of a value.
  public let valueWidth: Int
  /// How numbers are stored.
  public let format: CacheFormat

  private let keyFormat: ck_cache_format
  private let valueFormat: ck_cache_format
  private var keyGrids: CacheGridTable?
  private var valueGrids: CacheGridTable?
  private let memory: AlignedMemory
  private let keyBytes: Int
  private let valueBytes: Int

  /// A cache of zeros.
  ///
  /// - Throws: ``TransformerKernelError`` for widths that the format cannot hold.
  public init(
    sequences: Int, tokens: Int, heads: Int, keyWidth: Int, valueWidth: Int, format: CacheFormat
  ) throws(TransformerKernelError) {
    for width in [keyWidth, valueWidth] where !width.isMultiple(of: format.granularity) || width < 1
    {
      throw .headWidth(width, format: format.rawValue, granularity: format.granularity)
    }
    precondition(sequences > 0 && tokens > 0 && heads > 0, "an empty cache")
    self.sequences = sequences
    // Kernels visit blocks of 32 keys.
    capacity = (tokens + 31) / 32 * 32
    self.heads = heads
    self.keyWidth = keyWidth
    self.valueWidth = valueWidth
    self.format = format
    keyFormat = format.layout(width: keyWidth)
    valueFormat = format.layout(width: valueWidth)
    let panel = ck_key_panel_bytes(keyFormat)
    keyBytes = (capacity / Int(CK_CACHE_PANEL) * panel + 63) / 64 * 64
    valueBytes = (capacity * ck_value_bytes(valueFormat) + 63) / 64 * 64
    memory = AlignedMemory(count: sequences * heads * (keyBytes + valueBytes))
  }

  /// Bytes of a cache that is full.
  public var bytes: Int { memory.count }

  /// Which pages keys and values are in.
  public var pages: PageUse { memory.pages }

  /// Whether the format needs grids that nobody has set.
  public var lacksGrids: Bool { format.gridBits != nil && keyGrids == nil }

  /// Sets what codes stand for, before anything is stored; one grid for each head.
  ///
  /// - Throws: ``TransformerKernelError`` for wrong sizes.
  public func setGrids(
    keys: [CacheGrid], values: [CacheGrid]
  ) throws(TransformerKernelError) {
    keyGrids = try CacheGridTable(keys, heads: heads, width: keyWidth)
    valueGrids = try CacheGridTable(values, heads: heads, width: valueWidth)
  }

  func keyFormat(head: Int) -> ck_cache_format {
    keyGrids?.format(keyFormat, head: head) ?? keyFormat
  }

  func valueFormat(head: Int) -> ck_cache_format {
    valueGrids?.format(valueFormat, head: head) ?? valueFormat
  }

  func keys(sequence: Int, head: Int) -> UnsafeMutablePointer<UInt8> {
    memory.pointer(as: UInt8.self) + (sequence * heads + head) * (keyBytes + valueBytes)
  }

  func values(sequence: Int, head: Int) -> UnsafeMutablePointer<UInt8> {
    keys(sequence: sequence, head: head) + keyBytes
  }
}

/// Why keys and values cannot be stored or met.
public enum TransformerKernelError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A head does not consist of whole blocks.
  case headWidth(Int, format: String, granularity: Int)
  /// An array does not have the size that the shape demands.
  case wrongCount(of: String, expected: Int, actual: Int)
  /// More tokens than the cache has room for.
  case cacheIsFull(needed: Int, capacity: Int)
  /// A cache of static grids was given none.
  case noGrids(format: String)

  /// The problem in one line.
  public var description: String {
    switch self {
    case .headWidth(let width, let format, let granularity):
      "a cache in \(format) needs heads of a multiple of \(granularity), not \(width)"
    case .wrongCount(let what, let expected, let actual):
      "\(what): expected \(expected) numbers, got \(actual)"
    case .cacheIsFull(let needed, let capacity):
      "\(needed) tokens do not fit a cache for \(capacity)"
    case .noGrids(let format):
      "a cache in \(format) needs the grids of its heads before it stores or is read"
    }
  }
}
