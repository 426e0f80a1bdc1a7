/// What a model is asked to do.
public struct Workload: Hashable, Sendable {
  /// Sequences processed together, B.
  public let batch: Int
  /// Prompt tokens of each sequence, read in one prefill pass from an empty cache.
  public let prompt: Int
  /// Tokens generated for each sequence.
  public let generate: Int
  /// Decode at exactly this many cached tokens, the new one included; `nil` averages over the
  /// generated tokens, so that prompt 0 and generate 128 is what llama-bench calls tg128.
  public let context: Int?

  /// The largest batch, prompt, generation or context that is accepted: 2^30.
  public static let limit = 1 << 30

  /// Describes a workload.
  ///
  /// - Throws: `WorkloadError` unless batch and context are at least 1, the others at least 0, and
  ///   there is something to do.
  public init(
    batch: Int = 1, prompt: Int = 512, generate: Int = 128, context: Int? = nil
  ) throws(WorkloadError) {
    try Self.check("batch", batch, atLeast: 1)
    try Self.check("prompt", prompt, atLeast: 0)
    try Self.check("generate", generate, atLeast: 0)
    if let context { try Self.check("context", context, atLeast: 1) }
    guard prompt > 0 || generate > 0 || context != nil else {
      throw WorkloadError(
        field: "prompt", problem: "prompt and generate are both 0; ask for at least one token")
    }
    self.batch = batch
    self.prompt = prompt
    self.generate = generate
    self.context = context
  }

  private static func check(
    _ field: String, _ value: Int, atLeast minimum: Int
  ) throws(WorkloadError) {
    guard value >= minimum, value <= limit else {
      throw WorkloadError(
        field: field, problem: "is \(value); must be \(minimum) to \(limit)")
    }
  }

  /// Tokens of each sequence that the KV cache must hold at the end.
  public var cachedTokens: Int { max(prompt + generate, context ?? 0) }

  /// The prefill pass; `nil` without a prompt.
  public var prefill: Pass? {
    prompt > 0 ? Pass(sequences: batch, newTokens: prompt, cachedBefore: 0) : nil
  }

  /// One decode step, exact or averaged; `nil` where nothing is generated.
  public var decode: Pass? {
    if let context {
      return Pass(decodingAt: context, sequences: batch)
    }
    guard generate > 0 else { return nil }
    return Pass(sequences: batch, decodeSteps: generate, cachedBefore: prompt)
  }
}

/// A workload that makes no sense: which option, what is wrong.
public struct WorkloadError: Error, Hashable, CustomStringConvertible {
  /// The field, named as the option without its dashes.
  public let field: String
  /// What is wrong with it.
  public let problem: String

  /// Where, what and the remedy.
  public var description: String { "--\(field): \(problem)" }
}
