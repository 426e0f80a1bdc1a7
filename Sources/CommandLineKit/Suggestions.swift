/// The candidates most like `query`, best first: misspelt, abbreviated or partly remembered names.
///
/// Knows identifiers: case and separators do not count ("llama3-8b" finds "llama-3-8b"), whole
/// words and prefixes rank high ("a100" finds "nvidia-a100-80gb-pcie"), swapped letters cost one.
/// Candidates with nothing in common are left out, so the result may be empty.
/// Two hundred candidates take about three milliseconds in a release build.
public func nearest(
  to query: String, in candidates: some Sequence<String>, limit: Int = 3
) -> [String] {
  let query = Identifier(query)
  guard !query.letters.isEmpty, limit > 0 else { return [] }
  let ranked = candidates.compactMap { candidate -> (text: String, likeness: Double)? in
    let likeness = query.likeness(to: Identifier(candidate))
    return likeness >= Identifier.leastLikeness ? (candidate, likeness) : nil
  }
  let best = ranked.sorted { a, b in
    (-a.likeness, a.text.utf8.count, a.text) < (-b.likeness, b.text.utf8.count, b.text)
  }
  return best.prefix(limit).map(\.text)
}

/// The end of an error message, "; did you mean 'a' or 'b'?", or nothing if no candidate is like.
public func didYouMean(
  _ query: String, in candidates: some Sequence<String>, limit: Int = 3
) -> String {
  didYouMean(exactly: nearest(to: query, in: candidates, limit: limit))
}

func didYouMean(exactly names: [String]) -> String {
  let quoted = names.map { "'\($0)'" }
  guard let last = quoted.last else { return "" }
  let others = quoted.dropLast()
  let list = others.isEmpty ? last : others.joined(separator: ", ") + " or " + last
  return "; did you mean \(list)?"
}

/// A name reduced to what people remember of it.
private struct Identifier {
  /// What is less alike is no suggestion.
  static let leastLikeness = 0.6

  /// Lower-case letters and digits, separators removed.
  let letters: [UInt8]

  /// The words between separators.
  let words: [[UInt8]]

  init(_ text: String) {
    words = text.lowercased().utf8.split { !$0.isLetterOrDigit }.map(Array.init)
    letters = words.flatMap(\.self)
  }

  /// From 0, unrelated, to 1, equal but for case and separators.
  func likeness(to other: Identifier) -> Double {
    guard !other.letters.isEmpty else { return 0 }
    return max(spelling(of: other), containment(in: other), wordMatch(in: other))
  }

  private func spelling(of other: Identifier) -> Double {
    let longest = max(letters.count, other.letters.count)
    // At least as many edits as the lengths differ by: too unlike to be worth counting them.
    let difference = abs(letters.count - other.letters.count)
    guard Double(difference) <= (1 - Self.leastLikeness) * Double(longest) else { return 0 }
    return 1 - Double(editDistance(letters, other.letters)) / Double(longest)
  }

  private func containment(in other: Identifier) -> Double {
    if letters.count >= 2, other.holds(letters) {
      let share = Double(letters.count) / Double(other.letters.count)
      return (other.letters.starts(with: letters) ? 0.75 : 0.7) + 0.2 * share
    }
    // The query says more than the candidate: "llama-3-8b-instruct" for "llama-3-8b".
    guard other.letters.count >= 4, letters.starts(with: other.letters) else { return 0 }
    return 0.6 + 0.2 * Double(other.letters.count) / Double(letters.count)
  }

  /// Whether `part`, which is not empty, stands somewhere in the letters.
  private func holds(_ part: [UInt8]) -> Bool {
    guard part.count <= letters.count else { return false }
    return (0...letters.count - part.count).contains { start in
      letters[start] == part[0] && letters[start...].starts(with: part)
    }
  }

  /// How much of the query is made of the candidate's words, weighted by length.
  private func wordMatch(in other: Identifier) -> Double {
    var matched = 0.0
    for word in words {
      matched += Double(word.count) * other.words.reduce(0) { max($0, Self.match(word, $1)) }
    }
    let share = min(1, matched / Double(other.letters.count))
    return matched / Double(letters.count) * (0.8 + 0.15 * share)
  }

  private static func match(_ word: [UInt8], _ other: [UInt8]) -> Double {
    if word == other { return 1 }
    if word.count >= 2, other.starts(with: word) { return 0.85 }
    if word.count >= 4, abs(word.count - other.count) <= 1, editDistance(word, other) == 1 {
      return 0.8
    }
    return 0
  }
}

extension UInt8 {
  fileprivate var isLetterOrDigit: Bool {
    (0x30...0x39).contains(self) || (0x61...0x7a).contains(self) || self >= 0x80
  }
}
