import Units

/// Answers inverse questions: the longest context, the largest batch.
///
/// Memory grows and speed per sequence falls with both, so bisection finds the border.
public struct Planner: Sendable {
  /// Prices the workloads.
  public let estimator: Estimator
  /// Tokens per second that each sequence must reach; `nil` asks only whether it fits.
  public let targetTokensPerSecond: Double?

  /// Plans on `estimator`.
  public init(estimator: Estimator, targetTokensPerSecond: Double? = nil) {
    self.estimator = estimator
    self.targetTokensPerSecond = targetTokensPerSecond
  }

  /// Whether `batch` sequences that end with `context` cached tokens each fit and are fast enough.
  ///
  /// Fitting means the memory of decoding at that context: the prompt may be read in chunks.
  /// Unknown capacity never fits.
  public func isFeasible(batch: Int, context: Int) -> Bool {
    guard
      let workload = try? Workload(batch: batch, prompt: 0, generate: 0, context: context)
    else { return false }
    guard estimator.memory(of: workload).fits == true else { return false }
    guard let targetTokensPerSecond else { return true }
    guard let decode = workload.decode else { return false }
    let speed = estimator.estimate(decode).bound.tokensPerSecond / Double(batch)
    return speed >= targetTokensPerSecond
  }

  /// The longest feasible context for `batch` sequences, at most `limit`; `nil` if not even one
  /// token is.
  public func longestContext(batch: Int, limit: Int) -> Int? {
    Self.largest(upTo: limit) { isFeasible(batch: batch, context: $0) }
  }

  /// The largest feasible batch at `context` cached tokens each, at most `limit`; `nil` if not
  /// even one sequence is.
  public func largestBatch(context: Int, limit: Int = 65_536) -> Int? {
    Self.largest(upTo: limit) { isFeasible(batch: $0, context: context) }
  }

  /// The largest number from 1 to `limit` that a predicate holds for, which must hold for all
  /// smaller ones too; `nil` if it holds for none.
  static func largest(upTo limit: Int, where holds: (Int) -> Bool) -> Int? {
    guard limit >= 1, holds(1) else { return nil }
    var low = 1
    var high = limit
    while low < high {
      let middle = low + (high - low + 1) / 2
      if holds(middle) { low = middle } else { high = middle - 1 }
    }
    return low
  }
}
