import Kernels
public import Measurement
import TransformerModels

/// What is timed: reading a prompt, or generating tokens, as llama-bench counts them.
public struct SpeedTest: Hashable, Sendable, CustomStringConvertible {
  /// Which of the two.
  public enum Phase: String, Sendable, CaseIterable {
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

  /// `pp512`, `tg128 @ d2048`.
  public var description: String {
    let kind = phase == .prefill ? "pp" : "tg"
    return "\(kind)\(tokens)" + (depth > 0 ? " @ d\(depth)" : "")
  }
}

extension Transformer {
  /// The times of some repetitions, and what speaks against them.
  public struct Speed: Sendable {
    /// Seconds of each repetition, disturbed or not.
    public let seconds: [Double]
    /// The times of the parts of a repetition.
    public let parts: [ModelResult.Part]
    /// The operations of one repetition more.
    public let operations: [OperationTiming]
    /// Seconds of that repetition.
    public let timedSeconds: Double
    /// Reasons not to trust the times.
    public let advisories: [Advisory]
  }

  /// Undisturbed times of a part that are wanted.
  private static let enough = 3
  /// How many times as many repetitions are made at most until every part has those.
  private static let patience = 4

  /// When `repetitions` are enough: at once.
  public static func policy(repetitions: Int) -> SamplingPolicy {
    SamplingPolicy(
      minimumRounds: repetitions, maximumRounds: patience * repetitions, minimumSeconds: 0,
      budgetSeconds: 0)
  }

  /// Times a test, after one repetition that does not count.
  ///
  /// Tokens are pseudo-random. The cache is filled with small numbers for the tokens before them: time
  /// does not depend on values, but memory that was never written would not be read either.
  ///
  /// - Parameters:
  ///   - test: What to time.
  ///   - repetitions: How often at least; up to four times as often while some part of the pass was
  ///     always disturbed.
  ///   - chunk: The most tokens that pass together.
  /// - Returns: The times.
  /// - Throws: ``InferenceError`` if the cache is too small.
  public func measure(
    _ test: SpeedTest, repetitions: Int, chunk: Int = 512
  ) throws -> Speed {
    try fill(to: test.depth)
    stopTiming()
    let watch = PassWatch(multiplier.pool)
    blockDone = { watch.blockDone() }
    defer { blockDone = nil }
    let tokens = tokens(of: test)
    let warmUp = try once(test, tokens, chunk, watch)
    let chunks = test.phase == .decode ? test.tokens : (test.tokens + chunk - 1) / chunk
    watch.divide(secondsPerBlock: warmUp / Double(chunks * weights.layers.count))
    let before = LoadSnapshot.now()
    var seconds: [Double] = []
    repeat {
      seconds.append(try once(test, tokens, chunk, watch))
    } while seconds.count < repetitions
      || seconds.count < Self.patience * repetitions
        && watch.parts.contains { $0.quiet.count < Self.enough }
    let after = LoadSnapshot.now()
    blockDone = nil
    startTiming()
    let timed = try once(test, tokens, chunk, nil)
    defer { stopTiming() }
    // A decode step is one pass; a prompt is all its chunks.
    let passes = test.phase == .decode ? test.tokens : 1
    let parts = watch.parts.map {
      ModelResult.Part(passes: passes, seconds: $0.quiet, disturbedSeconds: $0.disturbed)
    }
    return Speed(
      seconds: seconds, parts: parts, operations: timings, timedSeconds: timed,
      advisories: advisories(parts, watch.disturbances, from: before, to: after))
  }

  private func tokens(of test: SpeedTest) -> [Int] {
    var generator = SplitMix64(seed: 7)
    let vocabulary = weights.shapes.embedding.vocabularyRows
    return (0..<test.tokens * sequences).map { _ in
      Int.random(in: 0..<vocabulary, using: &generator)
    }
  }

  /// One repetition; returns its seconds.
  private func once(
    _ test: SpeedTest, _ tokens: [Int], _ chunk: Int, _ watch: PassWatch?
  ) throws -> Double {
    skip(to: test.depth)
    let start = MonotonicClock.seconds
    var watched = 0.0
    switch test.phase {
    case .prefill:
      watch?.begin()
      _ = try run(tokens, chunk: chunk)
      watched = watch?.end() ?? 0
    case .decode:
      for step in 0..<test.tokens {
        watch?.begin()
        _ = try run(Array(tokens[step * sequences..<(step + 1) * sequences]))
        watched += watch?.end() ?? 0
      }
    }
    return watch == nil ? MonotonicClock.seconds - start : watched
  }

  private func advisories(
    _ parts: [ModelResult.Part], _ disturbances: CoreShare.Disturbances,
    from before: LoadSnapshot, to after: LoadSnapshot
  ) -> [Advisory] {
    let processors = EnvironmentRecord.current().usableProcessors
    let quiet = parts.reduce(0) { $0 + $1.seconds.count }
    let all = parts.reduce(quiet) { $0 + $1.disturbedSeconds.count }
    let isDisturbed = parts.contains { $0.seconds.count < Self.enough }
    let disturbed = disturbances.split(
      isDisturbed ? 1 - Double(quiet) / Double(max(1, all)) : nil)
    let circumstances = NoiseJudge.Circumstances(
      load: LoadChange(from: before, to: after, processors: processors),
      threads: multiplier.pool.threads, processors: processors,
      sharedCoreShare: disturbed.shared, movedShare: disturbed.moved)
    // Parts differ in length: each time is compared with the median of its part.
    let shares = parts.flatMap { part -> [Double] in
      let used = part.used
      let median = Samples(used).median ?? 1
      return used.map { $0 / median }
    }
    return NoiseJudge().advisories(for: Samples(shares), under: circumstances)
  }
}
