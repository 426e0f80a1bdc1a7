/// Walks little-endian bytes from the start, never past the end, holding one window of them.
struct GGUFCursor {
  /// A header larger than this is no model's; it bounds the time spent on a hostile file.
  static let largestHeader = 1 << 30
  private static let windowSize = 256 << 10

  private let source: any PositionedBytes
  private let end: Int
  private var window: [UInt8] = []
  private var windowStart = 0
  /// The bytes already passed.
  private(set) var position = 0
  /// The key or tensor that is being read, for messages.
  var field: String?
  /// Whether long texts and lists are read rather than passed over.
  let keepsAll: Bool

  init(_ source: any PositionedBytes, keepsAll: Bool = false) {
    self.source = source
    self.keepsAll = keepsAll
    end = min(source.size, Self.largestHeader)
  }

  var file: String { source.name }
  var remaining: Int { end - position }

  /// Reads an integer of `Value`'s width.
  mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws(ModelError) -> Value {
    let count = Value.bitWidth / 8
    let start = try take(count)
    var bits: UInt64 = 0
    for index in (0..<count).reversed() { bits = bits << 8 | UInt64(window[start + index]) }
    return Value(truncatingIfNeeded: bits)
  }

  /// Reads a 64-bit count or size of at most `limit` what `what` names.
  mutating func count(of what: String, atMost limit: Int) throws(ModelError) -> Int {
    let value = try integer(UInt64.self)
    guard let count = Int(exactly: value), count <= limit else {
      throw problem(
        "claims \(value) \(what), but at most \(limit) are possible here; \(Self.remedy)")
    }
    return count
  }

  /// Reads a length and as many bytes of UTF-8.
  mutating func string(atMost limit: Int) throws(ModelError) -> String {
    try string(length: try count(of: "bytes of text", atMost: min(limit, max(0, remaining - 8))))
  }

  /// Reads `length` bytes of UTF-8.
  mutating func string(length: Int) throws(ModelError) -> String {
    let start = try take(length)
    let bytes = window[start..<start + length]
    let text = String(decoding: bytes, as: UTF8.self)
    // Decoding repairs what is not UTF-8, which shows in the bytes.
    guard text.utf8.elementsEqual(bytes) else {
      throw problem("holds text that is not UTF-8; \(Self.remedy)")
    }
    return text
  }

  /// Passes `count` bytes without reading them.
  mutating func skip(_ count: Int) throws(ModelError) {
    guard count <= remaining else { throw truncated(needing: count) }
    position += count
  }

  /// Passes a length and as many bytes.
  mutating func skipString() throws(ModelError) {
    try skip(try count(of: "bytes of text", atMost: max(0, remaining - 8)))
  }

  func problem(_ text: String) -> ModelError { ModelError(file: file, field: field, problem: text) }

  static let remedy = "the file is damaged, download or convert it again"

  /// Makes `count` bytes present in the window, passes them, and returns where they start there.
  private mutating func take(_ count: Int) throws(ModelError) -> Int {
    guard count <= remaining else { throw truncated(needing: count) }
    if position < windowStart || position + count > windowStart + window.count {
      window = try source.read(
        at: position, count: min(max(count, Self.windowSize), end - position))
      windowStart = position
      guard window.count >= count else { throw truncated(needing: count) }
    }
    defer { position += count }
    return position - windowStart
  }

  private func truncated(needing count: Int) -> ModelError {
    end < source.size
      ? problem("the header is larger than \(Self.largestHeader) bytes; \(Self.remedy)")
      : problem(
        "the header ends early: \(count) more bytes needed at \(position), the file has "
          + "\(source.size); download it again")
  }
}
