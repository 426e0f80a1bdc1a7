import Measurement

/// Changes inputs at random, the same way for the same seed.
struct Mutator {
  private var random: SplitMix64
  private let corpus: [[UInt8]]
  /// Texts that readers look for.
  private static let words = [
    "0", "-1", "1e999", "-0.0", "9223372036854775807", "9223372036854775808", "4294967296",
    "18446744073709551615", "1e-320", "null", "true", "{}", "[]", "\"\"", "\\u0000", "\\ud800",
    "[[[[[[[[", ",", ":", "\n", "\"", "nan", "inf", "--", "=", "-g", "w", "kv", "\u{feff}",
    "e\u{301}\u{301}\u{301}",
  ].map { Array($0.utf8) }
  private static let longest = 1 << 16

  init(seed: UInt64, corpus: [[UInt8]]) {
    random = SplitMix64(seed: seed)
    self.corpus = corpus
  }

  /// A member of the corpus after one to eight changes.
  mutating func next() -> [UInt8] {
    var bytes = corpus.randomElement(using: &random) ?? []
    for _ in 0..<Int.random(in: 1...8, using: &random) { change(&bytes) }
    return Array(bytes.prefix(Self.longest))
  }

  private mutating func change(_ bytes: inout [UInt8]) {
    let at = Int.random(in: 0...bytes.count, using: &random)
    let end = min(bytes.count, at + Int.random(in: 0...64, using: &random))
    switch Int.random(in: 0..<9, using: &random) {
    case 0 where at < bytes.count: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 1 where at < bytes.count: bytes[at] = UInt8.random(in: 0...255, using: &random)
    case 2: bytes.removeSubrange(at..<end)
    case 3: bytes.insert(contentsOf: bytes[at..<end], at: at)
    case 4: bytes.insert(contentsOf: Self.words.randomElement(using: &random) ?? [], at: at)
    case 5: bytes.replaceSubrange(at..<end, with: Self.words.randomElement(using: &random) ?? [])
    case 6: replaceNumber(in: &bytes, near: at)
    case 7: bytes.replaceSubrange(at..<end, with: integer())
    default:
      let other = corpus.randomElement(using: &random) ?? []
      let start = Int.random(in: 0...other.count, using: &random)
      bytes.replaceSubrange(at..., with: other[start...])
    }
  }

  /// Replaces the digits at or after a position.
  private mutating func replaceNumber(in bytes: inout [UInt8], near position: Int) {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard let first = bytes[position...].firstIndex(where: digits.contains) else { return }
    let end = bytes[first...].firstIndex { !digits.contains($0) } ?? bytes.endIndex
    let text =
      Bool.random(using: &random)
      ? String(random.next() >> UInt64.random(in: 0..<64, using: &random))
      : ["0", "-1", "1e308", "1.5", "2147483648"].randomElement(using: &random) ?? ""
    bytes.replaceSubrange(first..<end, with: Array(text.utf8))
  }

  /// A little-endian integer of 4 or 8 bytes, often an extreme one.
  private mutating func integer() -> [UInt8] {
    let extremes: [UInt64] = [0, 1, .max, 1 << 31, 1 << 32, 1 << 62, 1 << 63, .max >> 1]
    let value =
      extremes.randomElement(using: &random).map { $0 &+ random.next() % 3 &- 1 } ?? 0
    let count = Bool.random(using: &random) ? 4 : 8
    return (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
  }
}
