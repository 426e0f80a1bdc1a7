public import Units

/// A whole `generate` call: the prompt and every token after it.
public struct Generation: Sendable {
  /// Prefill and all decode steps with a KV cache, at the bound.
  public let seconds: Seconds
  /// The same without a KV cache: every step reads the prompt and all tokens so far again.
  public let secondsWithoutCache: Seconds
  /// Prompt and generated tokens per second of the whole call are not meaningful; this is
  /// generated tokens per second over all sequences.
  public let tokensPerSecond: Double

  /// How many times faster the cache makes the call.
  public var cacheSpeedup: Double { secondsWithoutCache / seconds }
}

extension Estimator {
  /// Prices a whole `generate` call; `nil` where nothing is generated.
  ///
  /// The first generated token comes out of the prefill if there is a prompt, so that
  /// `generate` - 1 decode steps follow it. Without a cache, step i is a prefill of
  /// prompt + i tokens; the sum over steps is evaluated at every step.
  public func generation(_ workload: Workload) -> Generation? {
    guard workload.generate > 0 else { return nil }
    let prefill = workload.prefill.map { estimate($0).bound.seconds.value } ?? 0
    let steps = workload.prompt > 0 ? workload.generate - 1 : workload.generate
    var decode = 0.0
    if steps > 0 {
      let pass = Pass(
        sequences: workload.batch, decodeSteps: steps, cachedBefore: workload.prompt)
      decode = estimate(pass).bound.seconds.value * Double(steps)
    }
    let seconds = prefill + decode
    return Generation(
      seconds: Seconds(seconds), secondsWithoutCache: Seconds(secondsWithoutCache(workload)),
      tokensPerSecond: Double(workload.batch * workload.generate) / seconds)
  }

  /// Sums prefills of growing length; long generations are sampled and integrated, since the
  /// time of a prefill is smooth in its length.
  private func secondsWithoutCache(_ workload: Workload) -> Double {
    let first = max(workload.prompt, 1)
    let last = first + workload.generate - 1
    func time(_ tokens: Int) -> Double {
      estimate(Pass(sequences: workload.batch, newTokens: tokens, cachedBefore: 0))
        .bound.seconds.value
    }
    guard workload.generate > Self.sampledSteps else {
      return (first...last).reduce(0) { $0 + time($1) }
    }
    // Trapezoids between evenly spaced lengths.
    var total = 0.0
    var left = first
    var leftTime = time(left)
    for sample in 1...Self.sampledSteps {
      let right = first + (workload.generate - 1) * sample / Self.sampledSteps
      let rightTime = time(right)
      total += (leftTime + rightTime) / 2 * Double(right - left)
      (left, leftTime) = (right, rightTime)
    }
    return total + (time(first) + time(last)) / 2
  }

  private static var sampledSteps: Int { 1024 }
}
