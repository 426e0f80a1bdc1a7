/// Samples several subjects in turn, so that noise hits all of them alike.
///
/// The first subject decides when there are enough rounds. Odd rounds run backwards: a drift within
/// a round then favours nobody.
///
/// Where there is a way to tell whether the machine is quiet, it is asked before and after each
/// sample, which is taken again if it was not; what the sample says has no part in that. A machine that
/// is never quiet is not waited for without end: the rounds that are still wanted are taken as they come.
public struct InterleavedSampler {
  /// What sampling gave.
  public struct Outcome: Equatable, Sendable {
    /// The samples of each subject, equally many: those of quiet rounds, or of all rounds if fewer
    /// than the policy wants were quiet.
    public var samples: [Samples]
    /// What the first subject gave in rounds that are not among the samples.
    public var disturbed = Samples()
    /// The share of rounds that were not quiet.
    public var disturbedShare = 0.0
    /// Whether too few rounds were quiet, so that disturbed ones are among the samples.
    public var isDisturbed = false
  }

  /// When to stop.
  public let policy: SamplingPolicy

  private let seconds: () -> Double
  private let isQuiet: () -> Bool

  /// How often a sample is taken at most until nothing has disturbed it.
  private static let tries = 3
  /// Seconds to wait at most for a quiet moment before a sample.
  private static let wait = 0.05
  /// How many times the budget may be spent while quiet rounds are too few or too different.
  private static let patience = 3.0

  /// A sampler that follows `policy`.
  ///
  /// - Parameters:
  ///   - policy: When to stop.
  ///   - seconds: A clock; tests bring their own.
  ///   - isQuiet: Whether nothing disturbs the machine at the moment.
  public init(
    _ policy: SamplingPolicy, clock seconds: @escaping () -> Double = liveClock,
    isQuiet: @escaping () -> Bool = { true }
  ) {
    self.policy = policy
    self.seconds = seconds
    self.isQuiet = isQuiet
  }

  /// The monotonic clock.
  public static let liveClock: @Sendable () -> Double = { MonotonicClock.seconds }

  /// Takes samples until the policy is satisfied.
  ///
  /// - Parameters:
  ///   - subjects: What to measure; each returns the value of one sample.
  ///   - isCancelled: Asked between rounds; what was taken until then is returned.
  /// - Returns: The samples.
  /// - Throws: what a subject throws.
  public func sample<Failure: Error>(
    _ subjects: [() throws(Failure) -> Double], isCancelled: () -> Bool = { false }
  ) throws(Failure) -> Outcome {
    for _ in 0..<policy.warmUpRounds where !isCancelled() {
      for subject in subjects { _ = try subject() }
    }
    var rounds: [(values: [Double], isQuiet: Bool)] = []
    var quiet = Samples()
    let start = seconds()
    while !subjects.isEmpty, !isCancelled(),
      !isEnough(quiet, rounds: rounds.count, elapsed: seconds() - start)
    {
      let round = try round(
        subjects, isBackwards: rounds.count % 2 == 1,
        isPatient: seconds() - start < Self.patience * policy.budgetSeconds)
      rounds.append(round)
      if round.isQuiet { quiet.append(round.values[0]) }
    }
    return outcome(rounds, of: subjects.count)
  }

  private func isEnough(_ quiet: Samples, rounds: Int, elapsed: Double) -> Bool {
    if policy.isSatisfied(by: quiet, elapsed: elapsed) { return true }
    let isLate = elapsed >= Self.patience * policy.budgetSeconds || rounds >= policy.maximumRounds
    return rounds >= policy.minimumRounds && rounds > quiet.count && isLate
  }

  /// One sample of each subject; with patience, in a quiet moment if one comes.
  private func round<Failure: Error>(
    _ subjects: [() throws(Failure) -> Double], isBackwards: Bool, isPatient: Bool
  ) throws(Failure) -> (values: [Double], isQuiet: Bool) {
    var values = [Double](repeating: 0, count: subjects.count)
    var isRoundQuiet = true
    for step in subjects.indices {
      let index = isBackwards ? subjects.count - 1 - step : step
      var wasQuiet = false
      for _ in 0..<(isPatient ? Self.tries : 1) where !wasQuiet {
        let mayBe = isPatient ? waitForQuiet() : isQuiet()
        values[index] = try subjects[index]()
        wasQuiet = mayBe && isQuiet()
      }
      isRoundQuiet = isRoundQuiet && wasQuiet
    }
    return (values, isRoundQuiet)
  }

  private func waitForQuiet() -> Bool {
    if isQuiet() { return true }
    let end = seconds() + Self.wait
    while seconds() < end { if isQuiet() { return true } }
    return false
  }

  private func outcome(_ rounds: [(values: [Double], isQuiet: Bool)], of count: Int) -> Outcome {
    let quiet = rounds.filter(\.isQuiet)
    let isDisturbed = quiet.count < min(rounds.count, policy.minimumRounds)
    let used = isDisturbed ? rounds : quiet
    return Outcome(
      samples: (0..<count).map { index in Samples(used.map { $0.values[index] }) },
      disturbed: Samples(isDisturbed ? [] : rounds.filter { !$0.isQuiet }.map { $0.values[0] }),
      disturbedShare: rounds.isEmpty ? 0 : 1 - Double(quiet.count) / Double(rounds.count),
      isDisturbed: isDisturbed)
  }
}
