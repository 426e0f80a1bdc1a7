/// Splits text into words before their bytes are merged; no token crosses the border of a word.
///
/// Each kind is a regular expression of the model's authors, written as a scanner. Source of the
/// expressions and of the names: llama.cpp's vocabulary types.
enum PreTokenizer: String, CaseIterable, Sendable {
  /// GPT-2: contractions, letters, numbers or other signs, each with a space in front, and spaces.
  case gpt2 = "gpt-2"
  case `default`
  case olmo
  case stablelm2
  /// GPT-2 with single digits: numbers are split off first.
  case smollm
  case starcoder
  case refact
  case commandR = "command-r"
  /// Numbers of up to three digits, contractions in any case, line ends by themselves.
  case llama3 = "llama-bpe"
  case smaug = "smaug-bpe"
  case dbrx
  /// The same with single digits.
  case qwen2
  case deepseekR1Qwen = "deepseek-r1-qwen"

  /// The words of `text`, without gaps.
  func words(_ text: [Unicode.Scalar]) -> [ArraySlice<Unicode.Scalar>] {
    switch self {
    case .gpt2, .default, .olmo: Self.gpt2Words(text[...])
    case .smollm, .starcoder, .refact, .commandR:
      Self.splittingNumbers(text).flatMap { Self.gpt2Words($0) }
    case .llama3, .smaug, .dbrx: Self.llamaWords(text, digits: 3)
    case .qwen2, .stablelm2, .deepseekR1Qwen: Self.llamaWords(text, digits: 1)
    }
  }

  /// Makes each number, `\p{N}`, a word.
  private static func splittingNumbers(_ text: [Unicode.Scalar]) -> [ArraySlice<Unicode.Scalar>] {
    var parts: [ArraySlice<Unicode.Scalar>] = []
    var start = 0
    for (index, scalar) in text.enumerated() where scalar.isNumber {
      if start < index { parts.append(text[start..<index]) }
      parts.append(text[index...index])
      start = index + 1
    }
    if start < text.count { parts.append(text[start...]) }
    return parts
  }

  // 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
  private static func gpt2Words(_ text: ArraySlice<Unicode.Scalar>) -> [ArraySlice<Unicode.Scalar>]
  {
    var scanner = WordScanner(text)
    while !scanner.isAtEnd {
      if scanner.takeContraction(ignoringCase: false) { continue }
      if scanner.takeRun(afterSpace: true, \.isLetter) { continue }
      if scanner.takeRun(afterSpace: true, \.isNumber) { continue }
      if scanner.takeRun(afterSpace: true, \.isSign) { continue }
      scanner.takeSpaces()
    }
    return scanner.words
  }

  // (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*
  // |\s*[\r\n]+|\s+(?!\S)|\s+
  private static func llamaWords(
    _ text: [Unicode.Scalar], digits: Int
  ) -> [ArraySlice<Unicode.Scalar>] {
    var scanner = WordScanner(text[...])
    while !scanner.isAtEnd {
      if scanner.takeContraction(ignoringCase: true) { continue }
      if scanner.takeLettersAfterOneSign() { continue }
      if scanner.takeNumbers(atMost: digits) { continue }
      if scanner.takeSignsAndLineEnds() { continue }
      if scanner.takeSpacesUpToLineEnd() { continue }
      scanner.takeSpaces()
    }
    return scanner.words
  }
}

/// Takes words from the front of a text.
private struct WordScanner {
  private let text: ArraySlice<Unicode.Scalar>
  private var position: Int
  private(set) var words: [ArraySlice<Unicode.Scalar>] = []

  init(_ text: ArraySlice<Unicode.Scalar>) {
    self.text = text
    position = text.startIndex
  }

  var isAtEnd: Bool { position == text.endIndex }

  private func at(_ index: Int) -> Unicode.Scalar? { index < text.endIndex ? text[index] : nil }

  private mutating func take(to end: Int) -> Bool {
    words.append(text[position..<end])
    position = end
    return true
  }

  private func end(of isPart: (Unicode.Scalar) -> Bool, from start: Int) -> Int {
    var end = start
    while let scalar = at(end), isPart(scalar) { end += 1 }
    return end
  }

  mutating func takeContraction(ignoringCase: Bool) -> Bool {
    guard at(position) == "'" else { return false }
    for ending in ["s", "t", "re", "ve", "m", "ll", "d"] {
      let wanted = Array(ending.unicodeScalars)
      let end = position + 1 + wanted.count
      guard end <= text.endIndex else { continue }
      let found = text[position + 1..<end].map { scalar in
        ignoringCase && scalar.isASCII && ("A"..."Z").contains(scalar)
          ? Unicode.Scalar(UInt8(scalar.value) + 32) : scalar
      }
      if found == wanted { return take(to: end) }
    }
    return false
  }

  /// A run of one class, and a space in front of it.
  mutating func takeRun(afterSpace: Bool, _ isPart: (Unicode.Scalar) -> Bool) -> Bool {
    let start = afterSpace && at(position) == " " ? position + 1 : position
    let end = end(of: isPart, from: start)
    return end > start && take(to: end)
  }

  mutating func takeLettersAfterOneSign() -> Bool {
    guard let first = at(position) else { return false }
    let skips = !first.isLetter && !first.isNumber && first != "\r" && first != "\n"
    let start = skips ? position + 1 : position
    let end = end(of: \.isLetter, from: start)
    return end > start && take(to: end)
  }

  mutating func takeNumbers(atMost count: Int) -> Bool {
    let end = min(end(of: \.isNumber, from: position), position + count)
    return end > position && take(to: end)
  }

  mutating func takeSignsAndLineEnds() -> Bool {
    let start = at(position) == " " ? position + 1 : position
    let signs = end(of: \.isSign, from: start)
    guard signs > start else { return false }
    return take(to: end(of: \.isLineEnd, from: signs))
  }

  mutating func takeSpacesUpToLineEnd() -> Bool {
    let spaces = position..<end(of: \.isSpace, from: position)
    guard let last = spaces.last(where: { text[$0].isLineEnd }) else { return false }
    return take(to: last + 1)
  }

  /// Spaces up to the last, which belongs to the next word, unless the text ends with them.
  mutating func takeSpaces() {
    let end = end(of: \.isSpace, from: position)
    if end == position {
      _ = take(to: position + 1)
    } else {
      _ = take(to: end == text.endIndex || end == position + 1 ? end : end - 1)
    }
  }
}

extension Unicode.Scalar {
  /// Whether `\p{L}` matches.
  fileprivate var isLetter: Bool {
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }

  /// Whether `\p{N}` matches.
  fileprivate var isNumber: Bool {
    switch properties.generalCategory {
    case .decimalNumber, .letterNumber, .otherNumber: true
    default: false
    }
  }

  /// Whether `\s` matches.
  fileprivate var isSpace: Bool { properties.isWhitespace }
  fileprivate var isLineEnd: Bool { self == "\r" || self == "\n" }
  /// Whether `[^\s\p{L}\p{N}]` matches.
  fileprivate var isSign: Bool { !isSpace && !isLetter && !isNumber }
}
