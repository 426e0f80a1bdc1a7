import CommandLineKit
import Inference
import Measurement
import TransformerModels

/// `ridgeline run`: generates text with a model file.
struct RunCommand: Command {
  static let name = "run"
  static let summary = "Generates text with a GGUF file, always taking the likeliest token."
  static let discussion = """
    Runs the operations that 'predict' prices on this machine's own kernels. Control tokens that are \
    spelled out in the prompt become those tokens; no chat template is applied. The text goes to \
    standard output, speeds to standard error.
    """
  static var examples: [Example] {
    [
      Example(
        "ridgeline run --model SmolLM2-135M-Instruct.Q4_1.gguf --prompt-text \"The sky is\"",
        "up to 64 tokens"),
      Example(
        "ridgeline run --model model.gguf --prompt-text \"Once\" --tokens 16 --show-tokens",
        "token numbers instead of text"),
    ]
  }

  var model = ""
  var promptText = ""
  var tokens = 64
  var threads: Int?
  var context: Int?
  var kvPrecision: String?
  var chunk = 512
  var showTokens = false
  var exactBlocks = false

  static var options: [Option<Self>] {
    [
      .value("--model", \.model, "The GGUF file.", placeholder: "path"),
      .value("--prompt-text", \.promptText, "What the text begins with.", placeholder: "text"),
      .value("--tokens", \.tokens, "The most tokens to generate.", limit: .atLeast(1)),
      .value("--threads", \.threads, "Threads; all processors by default.", limit: .atLeast(1)),
      .value(
        "--context", \.context, "Tokens that the cache holds; as many as needed by default.",
        limit: .atLeast(1)),
      .value(
        "--kv-precision", \.kvPrecision, "How keys and values are cached.", placeholder: "id"),
      .value(
        "--chunk", \.chunk, "Prompt tokens that pass together.", limit: .atLeast(1)),
      .flag("--show-tokens", \.showTokens, "Print the numbers of the tokens, not the text."),
      .flag(
        "--exact-blocks", \.exactBlocks,
        "Round activations with a scale per 32 where q4_1 and q5_1 weights have one per 256, as"
          + " llama.cpp does; slower."),
    ]
  }

  func run(on console: Console) throws {
    guard !model.isEmpty else { throw UsageError("--model is missing; name a GGUF file") }
    guard InputPath.looksLikePath(model) else {
      throw UsageError("--model \(model): random weights generate no text; name a GGUF file")
    }
    let choice = try ModelChoice(model, precision: nil, kvPrecision: kvPrecision)
    let runnable = try RunnableModel(choice, splitsMinimums: exactBlocks, on: console)
    guard let contents = runnable.contents else {
      throw UsageError("--model \(model): random weights generate no text; name a GGUF file")
    }
    let tokenizer = try Tokenizer(contents)
    let prompt = tokenizer.encode(promptText)
    guard !prompt.isEmpty else {
      throw UsageError("--prompt-text is empty; write at least one word")
    }
    let count = threads ?? EnvironmentRecord.current().usableProcessors
    do {
      let transformer = try Transformer(
        runnable.weights, threads: count, capacity: context ?? prompt.count + tokens,
        cache: try choice.cacheFormat())
      try generate(transformer, tokenizer, prompt, on: console)
    } catch let error as InferenceError { throw CommandFailure("\(error)") }
  }

  private func generate(
    _ transformer: Transformer, _ tokenizer: Tokenizer, _ prompt: [Int], on console: Console
  ) throws {
    var text = PendingText()
    let start = MonotonicClock.seconds
    var firstToken = start
    let generated = try transformer.generate(
      prompt, count: tokens, ends: tokenizer.vocabulary.ends, chunk: chunk
    ) { token in
      if firstToken == start { firstToken = MonotonicClock.seconds }
      let new = showTokens ? "\(token) " : text.add(tokenizer.bytes(of: token))
      console.print(new, terminator: "")
      return !Interruption.isRequested
    }
    console.print(showTokens ? "" : text.rest)
    let end = MonotonicClock.seconds
    let prefill = Double(prompt.count) / (firstToken - start)
    let decode = Double(max(0, generated.count - 1)) / max(end - firstToken, 1e-9)
    console.note(
      "\(prompt.count) prompt tokens at \(Int(prefill.rounded())) tok/s, \(generated.count) generated"
        + " at \(Int(decode.rounded())) tok/s")
  }
}

/// Bytes of text, given out as soon as they are whole characters.
private struct PendingText {
  private var bytes: [UInt8] = []

  /// Adds bytes; returns the text up to the last whole character.
  mutating func add(_ new: [UInt8]) -> String {
    bytes += new
    // A character of UTF-8 has 4 bytes at most: look for one that has begun and is not over.
    for back in 1...3 where back <= bytes.count {
      let byte = bytes[bytes.count - back]
      guard byte & 0xC0 != 0x80 else { continue }
      let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
      guard length > back else { break }
      defer { bytes.removeFirst(bytes.count - back) }
      return String(decoding: bytes.dropLast(back), as: UTF8.self)
    }
    defer { bytes = [] }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// What is left.
  var rest: String { String(decoding: bytes, as: UTF8.self) }
}
