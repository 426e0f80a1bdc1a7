/// Merges neighbouring characters into the token with the highest score, as SentencePiece does.
struct ScoreEncoder: Sendable {
  /// What stands for a space.
  private static let space: Unicode.Scalar = "\u{2581}"

  private let vocabulary: Vocabulary
  private let byteTokens: [Int?]

  init(_ vocabulary: Vocabulary) {
    self.vocabulary = vocabulary
    byteTokens = (0..<256).map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return vocabulary.ids["<0x" + (digits.count < 2 ? "0" : "") + digits + ">"]
    }
  }

  /// Adds the tokens of a text; `isFirst` says that nothing stands before it.
  func encode(_ text: [Unicode.Scalar], isFirst: Bool, into tokens: inout [Int]) {
    var scalars = text
    if isFirst, vocabulary.addsSpacePrefix { scalars.insert(" ", at: 0) }
    var parts = scalars.map { String(Character($0 == " " ? Self.space : $0)) }
    merge(&parts)
    for part in parts { append(part, to: &tokens) }
  }

  /// A pair that may be merged; pairs of earlier parts come first among equals.
  private struct Candidate {
    let score: Float
    let left: Int
    let right: Int
    let text: String

    func precedes(_ other: Candidate) -> Bool {
      score != other.score ? score > other.score : left < other.left
    }
  }

  private func merge(_ parts: inout [String]) {
    var next = Array(1...max(1, parts.count))
    var previous = Array(-1..<max(0, parts.count - 1))
    var heap = CandidateHeap<Candidate>(precedes: { $0.precedes($1) })
    func propose(_ left: Int, _ right: Int) {
      guard left >= 0, right < parts.count else { return }
      let text = parts[left] + parts[right]
      guard let token = vocabulary.ids[text] else { return }
      heap.push(
        Candidate(score: vocabulary.scores[token], left: left, right: right, text: text))
    }
    for index in parts.indices.dropLast() { propose(index, index + 1) }
    while let best = heap.pop() {
      // A part that was merged since is empty or longer than it was.
      guard !parts[best.left].isEmpty, !parts[best.right].isEmpty,
        parts[best.left] + parts[best.right] == best.text
      else { continue }
      parts[best.left] = best.text
      parts[best.right] = ""
      next[best.left] = next[best.right]
      if next[best.right] < parts.count { previous[next[best.right]] = best.left }
      propose(previous[best.left], best.left)
      propose(best.left, next[best.left])
    }
    parts.removeAll { $0.isEmpty }
  }

  /// A part that is no token is spelled in its bytes.
  private func append(_ part: String, to tokens: inout [Int]) {
    if let token = vocabulary.ids[part] {
      tokens.append(token)
      return
    }
    for byte in part.utf8 {
      if let token = byteTokens[Int(byte)] ?? vocabulary.unknown { tokens.append(token) }
    }
  }

  func bytes(of token: Int) -> [UInt8] {
    let text = vocabulary.tokens[token]
    if vocabulary.kinds[token] == .byte, let byte = UInt8(text.dropFirst(3).prefix(2), radix: 16) {
      return [byte]
    }
    return text.unicodeScalars.flatMap { scalar in
      Array(String(Character(scalar == Self.space ? " " : scalar)).utf8)
    }
  }
}

/// A binary heap: what precedes all others comes out first.
private struct CandidateHeap<Element> {
  private var elements: [Element] = []
  private let precedes: (Element, Element) -> Bool

  init(precedes: @escaping (Element, Element) -> Bool) { self.precedes = precedes }

  mutating func push(_ element: Element) {
    elements.append(element)
    var child = elements.count - 1
    while child > 0, precedes(elements[child], elements[(child - 1) / 2]) {
      elements.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func pop() -> Element? {
    guard let first = elements.first else { return nil }
    elements.swapAt(0, elements.count - 1)
    elements.removeLast()
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < elements.count else { return first }
      if child + 1 < elements.count, precedes(elements[child + 1], elements[child]) { child += 1 }
      guard precedes(elements[child], elements[parent]) else { return first }
      elements.swapAt(parent, child)
      parent = child
    }
  }
}
