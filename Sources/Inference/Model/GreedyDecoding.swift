import Kernels
import TransformerModels

extension Transformer {
  /// Runs a prompt, then always takes the token with the largest logit, the first of equals.
  ///
  /// - Parameters:
  ///   - prompt: At least one token; there is one sequence.
  ///   - count: The most tokens to generate.
  ///   - ends: Tokens that end the text; they are part of the result.
  ///   - chunk: The most tokens of the prompt that pass together.
  ///   - emit: Called with each token as soon as it is known; false stops.
  /// - Returns: The generated tokens.
  /// - Throws: ``InferenceError`` for unknown tokens and a full context.
  public func generate(
    _ prompt: [Int], count: Int, ends: Set<Int> = [], chunk: Int = 512,
    emit: (Int) -> Bool = { _ in true }
  ) throws -> [Int] {
    var generated: [Int] = []
    var logits = try run(prompt, chunk: chunk)
    while generated.count < count {
      let next = largest(logits)
      generated.append(next)
      if !emit(next) || ends.contains(next) || generated.count == count { break }
      logits = try run([next])
    }
    return generated
  }

  /// The index of the largest of the last sequence's logits.
  public func largest(_ logits: [Float]) -> Int {
    let vocabulary = weights.shapes.embedding.vocabularyRows
    return rows.indexOfLargest(in: logits, first: logits.count - vocabulary, count: vocabulary)
  }
}
