// The header of a GGUF file, version 2 or 3, little-endian throughout:
//
//     "GGUF"  version u32  tensor count u64  key count u64
//     keys:    name, value type u32, value                       (key count times)
//     tensors: name, dimensions u32, each u64, type u32, offset u64  (tensor count times)
//     padding to the alignment, then the tensor data, which is never read
//
// Texts are a u64 length and that many bytes. Source: ggml/docs/gguf.md.

/// The header of one GGUF file, as it is written.
struct GGUFHeader {
  /// One entry of the tensor table.
  struct Entry {
    let name: String
    /// The dimensions, innermost first, as the file has them.
    let dimensions: [Int]
    let type: UInt32
    let offset: Int
  }

  let file: String
  let version: UInt32
  /// The keys in file order, with their values.
  private(set) var keys: [String] = []
  private(set) var values: [String: GGUFValue] = [:]
  private(set) var entries: [Entry] = []
  /// Where the tensor data starts.
  private(set) var dataStart = 0
  private(set) var alignment = 32

  private static let mostItems = 1_000_000
  private static let longestKey = 65_535
  private static let longestTensorName = 1_024
  private static let mostKeptBytes = 64 << 20
  private static let largestAlignment = 1 << 20
  private var keptBytes = 0

  init(_ source: any PositionedBytes, keepsAll: Bool = false) throws(ModelError) {
    var cursor = GGUFCursor(source, keepsAll: keepsAll)
    file = source.name
    version = try Self.version(&cursor)
    // The smallest tensor entry takes 32 bytes, the smallest key 13.
    cursor.field = "tensor count"
    let tensorCount = try cursor.count(
      of: "tensors", atMost: min(Self.mostItems, cursor.remaining / 32))
    cursor.field = "key count"
    let keyCount = try cursor.count(of: "keys", atMost: min(Self.mostItems, cursor.remaining / 13))
    for index in 0..<keyCount { try readKey(index, &cursor) }
    alignment = try readAlignment()
    for index in 0..<tensorCount { try readEntry(index, &cursor) }
    dataStart = (cursor.position + alignment - 1) / alignment * alignment
  }

  private static func version(_ cursor: inout GGUFCursor) throws(ModelError) -> UInt32 {
    guard try cursor.integer(UInt32.self) == 0x4655_4747 else {
      throw cursor.problem("does not start with GGUF; name a GGUF or safetensors file")
    }
    cursor.field = "version"
    let version = try cursor.integer(UInt32.self)
    if version.byteSwapped == 2 || version.byteSwapped == 3 {
      throw cursor.problem(
        "is big-endian, which is not supported; convert it with gguf-py's gguf_convert_endian.py")
    }
    guard version == 2 || version == 3 else {
      throw cursor.problem(
        "is \(version), but only 2 and 3 are supported; convert the model again with a current "
          + "llama.cpp")
    }
    return version
  }

  private mutating func readKey(_ index: Int, _ cursor: inout GGUFCursor) throws(ModelError) {
    cursor.field = "key \(index)"
    let start = cursor.position
    let key = try cursor.string(atMost: Self.longestKey)
    cursor.field = key
    let value = try cursor.value()
    guard values.updateValue(value, forKey: key) == nil else {
      throw cursor.problem("is there twice; \(GGUFCursor.remedy)")
    }
    keys.append(key)
    if case .skipped = value {
      try keep(key.utf8.count, cursor)
    } else {
      try keep(cursor.position - start, cursor)
    }
  }

  private mutating func readEntry(_ index: Int, _ cursor: inout GGUFCursor) throws(ModelError) {
    cursor.field = "tensor \(index)"
    let name = try cursor.string(atMost: Self.longestTensorName)
    cursor.field = name
    try keep(name.utf8.count, cursor)
    let count = try cursor.integer(UInt32.self)
    guard (1...4).contains(count) else {
      throw cursor.problem("has \(count) dimensions, but 1 to 4 are allowed; \(GGUFCursor.remedy)")
    }
    var dimensions: [Int] = []
    for _ in 0..<count {
      dimensions.append(try cursor.count(of: "elements in a dimension", atMost: .max))
    }
    let type = try cursor.integer(UInt32.self)
    let offset = try cursor.count(of: "bytes before it", atMost: .max)
    entries.append(Entry(name: name, dimensions: dimensions, type: type, offset: offset))
  }

  private func readAlignment() throws(ModelError) -> Int {
    let key = "general.alignment"
    guard let value = values[key] else { return 32 }
    guard case .integer(let alignment) = value, alignment > 0, alignment & (alignment - 1) == 0,
      alignment <= Self.largestAlignment
    else {
      throw ModelError(
        file: file, field: key,
        problem: "is \(value), but must be a power of two up to \(Self.largestAlignment); "
          + GGUFCursor.remedy)
    }
    return alignment
  }

  private mutating func keep(_ bytes: Int, _ cursor: GGUFCursor) throws(ModelError) {
    keptBytes += bytes
    guard keptBytes <= Self.mostKeptBytes else {
      throw cursor.problem(
        "the names and values exceed \(Self.mostKeptBytes) bytes, more than any model has; "
          + GGUFCursor.remedy)
    }
  }
}
