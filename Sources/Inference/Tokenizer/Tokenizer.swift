public import TransformerModels

/// Turns text into a model's tokens and back, as llama.cpp does.
public struct Tokenizer: Sendable {
  /// The tokens.
  public let vocabulary: Vocabulary
  private let encoder: Encoder
  /// Control tokens and such that users defined, as they are written, the longest first.
  private let specials: [(text: [Unicode.Scalar], token: Int)]

  private enum Encoder: Sendable {
    case bytePairs(BytePairEncoder)
    case scores(ScoreEncoder)
  }

  /// A tokenizer for the vocabulary of a GGUF file.
  ///
  /// - Throws: `ModelError` for a vocabulary that is missing or of an unknown kind.
  public init(_ contents: GGUFContents) throws(ModelError) {
    let vocabulary = try Vocabulary(contents)
    self.vocabulary = vocabulary
    if vocabulary.model == "gpt2" {
      guard let splitter = PreTokenizer(rawValue: vocabulary.preTokenizer) else {
        throw ModelError(
          file: contents.file.paths.first ?? "", field: "tokenizer.ggml.pre",
          problem: "is \(vocabulary.preTokenizer), which is not supported; these are: "
            + PreTokenizer.allCases.map(\.rawValue).joined(separator: ", "))
      }
      encoder = .bytePairs(BytePairEncoder(vocabulary, splitter: splitter))
    } else {
      encoder = .scores(ScoreEncoder(vocabulary))
    }
    specials = vocabulary.tokens.indices
      .filter { [.control, .userDefined].contains(vocabulary.kinds[$0]) }
      .map { (Array(vocabulary.tokens[$0].unicodeScalars), $0) }
      .filter { !$0.text.isEmpty }
      .sorted { ($1.text.count, $0.token) < ($0.text.count, $1.token) }
  }

  /// The tokens of `text`.
  ///
  /// - Parameters:
  ///   - text: Any text.
  ///   - addsBegin: Whether the token that begins a text is added where the model wants one.
  ///   - readsSpecials: Whether control tokens that are spelled out become those tokens.
  /// - Returns: Indices into the vocabulary.
  public func encode(
    _ text: String, addsBegin: Bool = true, readsSpecials: Bool = true
  ) -> [Int] {
    var tokens: [Int] = []
    if addsBegin, vocabulary.addsBegin, let begin = vocabulary.begin { tokens.append(begin) }
    var isFirst = true
    for piece in pieces(Array(text.unicodeScalars), readsSpecials: readsSpecials) {
      switch piece {
      case .special(let token): tokens.append(token)
      case .text(let scalars):
        switch encoder {
        case .bytePairs(let encoder): encoder.encode(scalars, into: &tokens)
        case .scores(let encoder): encoder.encode(scalars, isFirst: isFirst, into: &tokens)
        }
      }
      isFirst = false
    }
    return tokens
  }

  /// The bytes that `token` stands for; none for a control token.
  public func bytes(of token: Int) -> [UInt8] {
    guard vocabulary.tokens.indices.contains(token) else { return [] }
    switch vocabulary.kinds[token] {
    case .control, .unused: return []
    case .userDefined: return Array(vocabulary.tokens[token].utf8)
    case .normal, .unknown, .byte: break
    }
    return switch encoder {
    case .bytePairs(let encoder): encoder.bytes(of: token)
    case .scores(let encoder): encoder.bytes(of: token)
    }
  }

  /// The text of tokens; bytes that are not UTF-8 are replaced.
  public func decode(_ tokens: [Int]) -> String {
    String(decoding: tokens.flatMap { bytes(of: $0) }, as: UTF8.self)
  }

  private enum Piece {
    case text([Unicode.Scalar])
    case special(Int)
  }

  /// Splits at special tokens: the longest everywhere first, as they do not nest.
  private func pieces(_ text: [Unicode.Scalar], readsSpecials: Bool) -> [Piece] {
    guard readsSpecials else { return text.isEmpty ? [] : [.text(text)] }
    let firsts = Set(specials.map { $0.text[0] })
    var pieces: [Piece] = []
    var start = 0
    var index = 0
    while index < text.count {
      guard firsts.contains(text[index]),
        let special = specials.first(where: { text[index...].starts(with: $0.text) })
      else {
        index += 1
        continue
      }
      if start < index { pieces.append(.text(Array(text[start..<index]))) }
      pieces.append(.special(special.token))
      index += special.text.count
      start = index
    }
    if start < text.count { pieces.append(.text(Array(text[start...]))) }
    return pieces
  }
}
