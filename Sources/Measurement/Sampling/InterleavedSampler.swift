/// Samples several subjects in turn, so that noise hits all of them alike.
///
/// The first subject decides when there are enough rounds. Odd rounds run backwards: a drift within
/// a round then favours nobody.
public struct InterleavedSampler {
  /// When to stop.
  public let policy: SamplingPolicy

  private let seconds: () -> Double

  /// A sampler that follows `policy`.
  ///
  /// - Parameters:
  ///   - policy: When to stop.
  ///   - seconds: A clock; tests bring their own.
  public init(_ policy: SamplingPolicy, clock seconds: @escaping () -> Double = liveClock) {
    self.policy = policy
    self.seconds = seconds
  }

  /// The monotonic clock.
  public static let liveClock: @Sendable () -> Double = { MonotonicClock.seconds }

  /// Takes samples until the policy is satisfied.
  ///
  /// - Parameters:
  ///   - subjects: What to measure; each returns the value of one sample.
  ///   - isCancelled: Asked between rounds; what was taken until then is returned.
  /// - Returns: The samples of each subject, equally many.
  /// - Throws: what a subject throws.
  public func sample<Failure: Error>(
    _ subjects: [() throws(Failure) -> Double], isCancelled: () -> Bool = { false }
  ) throws(Failure) -> [Samples] {
    var samples = subjects.map { _ in Samples() }
    for _ in 0..<policy.warmUpRounds where !isCancelled() {
      for subject in subjects { _ = try subject() }
    }
    let start = seconds()
    var isBackwards = false
    while let first = samples.first, !isCancelled(),
      !policy.isSatisfied(by: first, elapsed: seconds() - start)
    {
      let order = isBackwards ? Array(subjects.indices.reversed()) : Array(subjects.indices)
      for index in order { samples[index].append(try subjects[index]()) }
      isBackwards.toggle()
    }
    return samples
  }
}
