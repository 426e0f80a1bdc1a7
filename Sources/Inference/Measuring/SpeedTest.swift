import Measurement
import TransformerModels

/// What is timed: reading a prompt, or generating tokens, as llama-bench counts them.
public struct SpeedTest: Hashable, Sendable {
  /// Which of the two.
  public enum Phase: String, Sendable {
    case prefill, decode
  }

  /// Which of the two.
  public let phase: Phase
  /// Tokens of each sequence that are read or generated.
  public let tokens: Int
  /// Tokens of each sequence that are in the cache before.
  public let depth: Int

  /// Reading `tokens` tokens.
  public static func prefill(tokens: Int, depth: Int = 0) -> SpeedTest {
    SpeedTest(phase: .prefill, tokens: tokens, depth: depth)
  }

  /// Generating `tokens` tokens one after the other.
  public static func decode(tokens: Int, depth: Int = 0) -> SpeedTest {
    SpeedTest(phase: .decode, tokens: tokens, depth: depth)
  }

  /// Tokens of a sequence that the cache must hold.
  public var capacity: Int { depth + tokens }
}

/// The times of one test.
public struct SpeedResult: Sendable {
  /// What was timed.
  public let test: SpeedTest
  /// Sequences that ran together.
  public let sequences: Int
  /// Seconds of each repetition.
  public let seconds: [Double]
  /// The time of each operation in one repetition more.
  public let operations: [OperationTiming]
  /// Seconds of that repetition.
  public let timedSeconds: Double

  /// Tokens of all sequences of one repetition.
  public var tokens: Int { test.tokens * sequences }
  /// Tokens per second of each repetition.
  public var tokensPerSecond: [Double] { seconds.map { Double(tokens) / $0 } }
  /// The middle one of the times.
  public var medianSeconds: Double { Samples(seconds).median ?? 0 }
}

extension Transformer {
  /// Times a test, after one repetition that does not count.
  ///
  /// Tokens are pseudo-random. The cache holds zeros for the tokens before them: time does not
  /// depend on values.
  ///
  /// - Parameters:
  ///   - test: What to time.
  ///   - repetitions: How often.
  ///   - chunk: The most tokens that pass together.
  /// - Returns: The times.
  /// - Throws: ``InferenceError`` if the cache is too small.
  public func measure(
    _ test: SpeedTest, repetitions: Int, chunk: Int = 512
  ) throws -> SpeedResult {
    var generator = SplitMix64(seed: 7)
    let vocabulary = weights.shapes.embedding.vocabularyRows
    let tokens = (0..<test.tokens * sequences).map { _ in
      Int.random(in: 0..<vocabulary, using: &generator)
    }
    func once() throws -> Double {
      skip(to: test.depth)
      let start = MonotonicClock.seconds
      switch test.phase {
      case .prefill: _ = try run(tokens, chunk: chunk)
      case .decode:
        for step in 0..<test.tokens {
          _ = try run(Array(tokens[step * sequences..<(step + 1) * sequences]))
        }
      }
      return MonotonicClock.seconds - start
    }
    stopTiming()
    _ = try once()
    var seconds: [Double] = []
    for _ in 0..<repetitions { seconds.append(try once()) }
    startTiming()
    let timed = try once()
    defer { stopTiming() }
    return SpeedResult(
      test: test, sequences: sequences, seconds: seconds, operations: timings,
      timedSeconds: timed)
  }
}
