/// Reads a notation such as `w4a16-g128` from left to right: letters, then ASCII digits, ...
struct NotationReader {
  /// The whole notation.
  let notation: String
  private var rest: Substring

  init(_ notation: String) {
    self.notation = notation
    self.rest = notation[...]
  }

  /// Whether everything was read.
  var isAtEnd: Bool { rest.isEmpty }

  /// Reads `word` if it is next.
  mutating func read(_ word: String) -> Bool {
    guard rest.hasPrefix(word) else { return false }
    rest = rest.dropFirst(word.count)
    return true
  }

  /// Whether `word` and then a digit come next.
  func isNextBeforeDigit(_ word: String) -> Bool {
    rest.hasPrefix(word) && rest.dropFirst(word.count).first?.isWholeNumber == true
  }

  /// Reads a number that names `what`; `isAllowed` decides, `allowed` says which ones are.
  mutating func number(
    _ what: String, _ allowed: String, where isAllowed: (Int) -> Bool
  ) throws(PrecisionError) -> Int {
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    guard !digits.isEmpty else { throw problem("\(what) are missing; write \(allowed)") }
    guard let value = Int(digits), isAllowed(value) else {
      let shown = digits.count <= 12 ? "\(digits)" : "a number of \(digits.count) digits"
      throw problem("\(what) cannot be \(shown); write \(allowed)")
    }
    rest = rest.dropFirst(digits.count)
    return value
  }

  /// Throws unless everything was read.
  func end(expecting example: String) throws(PrecisionError) {
    guard isAtEnd else {
      throw problem("'\(rest.prefix(20))' is not understood; write it as in \(example)")
    }
  }

  /// An error about this notation.
  func problem(_ text: String) -> PrecisionError { .malformed(notation: notation, problem: text) }
}

extension NotationReader {
  /// Reads the bits of a weight: 1 to 16, or 32.
  mutating func weightBits() throws(PrecisionError) -> Int {
    try number("weight bits", "1 to 16, or 32") { (1...16).contains($0) || $0 == 32 }
  }

  /// Reads the bits of an activation: 1 to 8, 16 or 32.
  mutating func activationBits() throws(PrecisionError) -> Int {
    try number("activation bits", "1 to 8, 16 or 32") {
      (1...8).contains($0) || [16, 32].contains($0)
    }
  }

  /// Reads how many weights share a scale.
  mutating func groupSize() throws(PrecisionError) -> Int {
    try number("weights per group", "1 to 65536, as in -g128") { (1...65536).contains($0) }
  }
}
