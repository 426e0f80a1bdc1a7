public import TransformerModels

/// The tokens of a model and what a GGUF file says about them.
public struct Vocabulary: Sendable {
  /// What a token is for.
  enum Kind: Int, Sendable {
    case normal = 1
    case unknown, control, userDefined, unused, byte
  }

  /// How text becomes tokens: "gpt2" merges bytes, "llama" merges characters by score.
  let model: String
  /// Which rules split text before bytes are merged.
  let preTokenizer: String
  let tokens: [String]
  let scores: [Float]
  let kinds: [Kind]
  let merges: [String]
  /// The tokens by text; the first of equals.
  let ids: [String: Int]
  /// The token that begins a text.
  public let begin: Int?
  /// The token that ends a text.
  public let end: Int?
  let unknown: Int?
  /// Whether a text begins with `begin`.
  public let addsBegin: Bool
  let addsSpacePrefix: Bool
  /// Tokens after which nothing is generated.
  public let ends: Set<Int>

  /// The number of tokens.
  public var count: Int { tokens.count }

  /// Reads the vocabulary of a GGUF file.
  ///
  /// - Throws: `ModelError` where it is missing, of an unknown kind or contradicts itself.
  public init(_ contents: GGUFContents) throws(ModelError) {
    func error(_ key: String, _ problem: String) -> ModelError {
      ModelError(
        file: contents.file.paths.first ?? "", field: "tokenizer.ggml.\(key)", problem: problem)
    }
    func key(_ name: String) -> String { "tokenizer.ggml.\(name)" }
    guard let model = contents.text(key("model")) else {
      throw error("model", "is missing; the file has no tokenizer, convert the model again")
    }
    guard ["gpt2", "llama"].contains(model) else {
      throw error("model", "is \(model), which is not supported; gpt2 and llama are")
    }
    guard let tokens = contents.texts(key("tokens")), !tokens.isEmpty else {
      throw error("tokens", "is missing or no list of texts; convert the model again")
    }
    self.model = model
    self.tokens = tokens
    preTokenizer = contents.text(key("pre")) ?? "default"
    let kinds = contents.numbers(key("token_type"))?.map {
      Int(exactly: $0).flatMap(Kind.init(rawValue:)) ?? .normal
    }
    self.kinds = kinds ?? [Kind](repeating: .normal, count: tokens.count)
    scores = contents.numbers(key("scores"))?.map { Float($0) } ?? []
    merges = contents.texts(key("merges")) ?? []
    guard self.kinds.count == tokens.count else {
      throw error("token_type", "has \(self.kinds.count) entries for \(tokens.count) tokens")
    }
    guard model != "llama" || scores.count == tokens.count else {
      throw error("scores", "has \(scores.count) entries for \(tokens.count) tokens")
    }
    guard model != "gpt2" || !merges.isEmpty else {
      throw error("merges", "is missing or no list of texts; convert the model again")
    }
    ids = Dictionary(zip(tokens, tokens.indices), uniquingKeysWith: { first, _ in first })
    func special(_ name: String) -> Int? {
      contents.integer(key(name)).flatMap { tokens.indices.contains($0) ? $0 : nil }
    }
    begin = special("bos_token_id")
    end = special("eos_token_id")
    unknown = special("unknown_token_id")
    addsBegin = contents.bool(key("add_bos_token")) ?? (model == "llama")
    addsSpacePrefix = contents.bool(key("add_space_prefix")) ?? (model == "llama")
    let named = ["<|im_end|>", "<|eot_id|>", "<|end|>", "<end_of_turn>", "<|endoftext|>"]
      .compactMap { [ids] in ids[$0] }.filter { [kinds = self.kinds] in kinds[$0] == .control }
    ends = Set([end, special("eot_token_id")].compactMap { $0 } + named)
  }
}
