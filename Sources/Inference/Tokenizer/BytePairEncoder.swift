/// Merges the bytes of each word, the most frequent pairs of the training text first.
///
/// Source: Sennrich and others 2016; Radford and others 2019.
struct BytePairEncoder: Sendable {
  private struct Pair: Hashable {
    let left: String
    let right: String
  }

  private let vocabulary: Vocabulary
  private let splitter: PreTokenizer
  private let ranks: [Pair: Int]
  /// The letter that stands for each byte in tokens, and back.
  private static let letters: [Unicode.Scalar] = makeLetters()
  private static let bytes: [Unicode.Scalar: UInt8] = Dictionary(
    uniqueKeysWithValues: zip(letters, UInt8.min...UInt8.max))

  init(_ vocabulary: Vocabulary, splitter: PreTokenizer) {
    self.vocabulary = vocabulary
    self.splitter = splitter
    var ranks: [Pair: Int] = [:]
    ranks.reserveCapacity(vocabulary.merges.count)
    for (rank, merge) in vocabulary.merges.enumerated() {
      // The space that divides is not the first character: a token may begin with one.
      let text = merge.dropFirst()
      guard let space = text.firstIndex(of: " ") else { continue }
      let pair = Pair(
        left: String(merge[..<space]), right: String(merge[merge.index(after: space)...]))
      if ranks[pair] == nil { ranks[pair] = rank }
    }
    self.ranks = ranks
  }

  /// Adds the tokens of a text.
  func encode(_ text: [Unicode.Scalar], into tokens: inout [Int]) {
    for word in splitter.words(text) {
      var string = ""
      string.unicodeScalars.append(contentsOf: word)
      var parts = string.utf8.map { String(Character(Self.letters[Int($0)])) }
      merge(&parts)
      for part in parts { append(part, to: &tokens) }
    }
  }

  /// Merges the pair of the lowest rank, the first of equals, until no pair has a rank.
  private func merge(_ parts: inout [String]) {
    while parts.count > 1 {
      var best: (rank: Int, index: Int)?
      for index in 0..<parts.count - 1 {
        guard let rank = ranks[Pair(left: parts[index], right: parts[index + 1])] else { continue }
        if best.map({ rank < $0.rank }) ?? true { best = (rank, index) }
      }
      guard let best else { return }
      parts[best.index] += parts.remove(at: best.index + 1)
    }
  }

  /// A part that is no token is spelled in its bytes.
  private func append(_ part: String, to tokens: inout [Int]) {
    if let token = vocabulary.ids[part] {
      tokens.append(token)
      return
    }
    for letter in part {
      if let token = vocabulary.ids[String(letter)] { tokens.append(token) }
    }
  }

  func bytes(of token: Int) -> [UInt8] {
    vocabulary.tokens[token].unicodeScalars.flatMap { letter in
      Self.bytes[letter].map { [$0] } ?? Array(String(Character(letter)).utf8)
    }
  }

  /// Printable bytes stand for themselves, the others for the letters from U+0100 on.
  private static func makeLetters() -> [Unicode.Scalar] {
    var next: UInt32 = 256
    return (UInt8.min...UInt8.max).map { byte in
      switch byte {
      case 33...126, 161...172, 174...255: return Unicode.Scalar(byte)
      default:
        defer { next += 1 }
        return Unicode.Scalar(next) ?? " "
      }
    }
  }
}
