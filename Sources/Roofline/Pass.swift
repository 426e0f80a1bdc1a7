/// One pass over the model: a prefill, or a decode step (averaged over several steps).
///
/// A prefill of T tokens after c cached ones: query i of 1...T sees c + i tokens, at most the
/// window. A decode step is T = 1; averaging over G steps averages the tokens seen.
public struct Pass: Hashable, Sendable {
  /// Sequences, B.
  public let sequences: Double
  /// New tokens of each sequence, T.
  public let newTokens: Double
  /// Tokens of each sequence in the cache before the pass (before the first step of an average).
  public let cachedBefore: Double
  /// Decode steps that are averaged; `nil` for prefill.
  public let decodeSteps: Double?

  /// A prefill of `newTokens` tokens in each of `sequences` sequences.
  public init(sequences: Int, newTokens: Int, cachedBefore: Int) {
    self.sequences = Double(sequences)
    self.newTokens = Double(newTokens)
    self.cachedBefore = Double(cachedBefore)
    self.decodeSteps = nil
  }

  /// The average of `decodeSteps` decode steps.
  public init(sequences: Int, decodeSteps: Int, cachedBefore: Int) {
    self.sequences = Double(sequences)
    self.newTokens = 1
    self.cachedBefore = Double(cachedBefore)
    self.decodeSteps = Double(decodeSteps)
  }

  /// One decode step that sees `context` tokens, the new one included.
  public init(decodingAt context: Int, sequences: Int) {
    self.init(sequences: sequences, decodeSteps: 1, cachedBefore: context - 1)
  }

  /// Tokens processed in the pass, B T.
  public var tokens: Double { sequences * newTokens }

  /// The mean context of a decode step, or the context at the end of a prefill.
  public var context: Double {
    if let decodeSteps { cachedBefore + (decodeSteps + 1) / 2 } else { cachedBefore + newTokens }
  }

  /// Query-key pairs of one sequence in one layer that sees `window` tokens at most.
  func attendedPairs(window: Double) -> Double {
    if let decodeSteps {
      return Self.visibleTokens(queries: decodeSteps, after: cachedBefore, window: window)
        / decodeSteps
    }
    return Self.visibleTokens(queries: newTokens, after: cachedBefore, window: window)
  }

  /// Cached tokens of one sequence that are read: once for all queries of a pass.
  func keysRead(window: Double) -> Double {
    if decodeSteps != nil { return attendedPairs(window: window) }
    return min(cachedBefore + newTokens, window + newTokens - 1)
  }

  /// Cached tokens that were there before the pass and so must be read from memory.
  func compulsoryKeysRead(window: Double) -> Double {
    decodeSteps == nil ? min(cachedBefore, window - 1) : attendedPairs(window: window) - 1
  }

  /// Sum over i in 1...queries of min(c + i, window).
  private static func visibleTokens(
    queries: Double, after cached: Double, window: Double
  ) -> Double {
    let growing = min(max(window - cached, 0), queries)
    let full = queries - growing
    return growing * cached + growing * (growing + 1) / 2 + (full > 0 ? full * window : 0)
  }
}
