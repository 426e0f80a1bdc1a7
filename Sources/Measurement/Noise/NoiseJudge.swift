/// Decides whether samples can be trusted, and says why not.
public struct NoiseJudge: Sendable {
  /// What is still quiet.
  public struct Limits: Sendable {
    /// Processors that others may keep busy.
    public var otherProcessors = 0.15
    /// Share of the time that a hypervisor may take.
    public var stolenShare = 0.02
    /// Rounds in which something else may work on the cores.
    public var sharedCoreShare = 0.1
    /// Rounds in which the processors may not be where they were.
    public var movedShare = 0.1
    /// Change of plain reads of memory, as a share.
    public var memoryDrift = 0.2
    /// Involuntary switches a second of CPU time.
    public var switchesPerSecond = 100.0
    /// How few switches are never a reason.
    public var switchesAlwaysAllowed = 4
    /// Median absolute deviation as a share of the median.
    public var spread = 0.05
    /// Distance between the medians of both halves as a share of the median.
    public var drift = 0.05
    /// Samples below which nothing is judged steady.
    public var samples = 6
    /// The core's clock as a share of the highest seen.
    public var clock = 0.93

    /// The limits that Ridgeline uses.
    public init() {}
  }

  /// What else is known of the time in which samples were taken.
  public struct Circumstances: Sendable {
    /// What happened on the machine; `nil` if nobody looked.
    public var load: LoadChange?
    /// Threads that worked.
    public var threads: Int
    /// Processors that they could use.
    public var processors: Int
    /// The core's clock as a share of the highest seen in this run; `nil` if nobody looked.
    public var clockShare: Double?
    /// The share of rounds in which something else worked on the cores, if those are among the
    /// samples.
    public var sharedCoreShare: Double?
    /// The share of rounds in which the processors were elsewhere, if those are among the samples.
    public var movedShare: Double?
    /// Whether the program was built without optimization.
    public var isDebugBuild: Bool
    /// The precision that was wanted; `nil` if none was.
    public var wantedPrecision: Double?

    /// These circumstances.
    public init(
      load: LoadChange? = nil, threads: Int = 1, processors: Int, clockShare: Double? = nil,
      sharedCoreShare: Double? = nil, movedShare: Double? = nil,
      isDebugBuild: Bool = BuildRecord.isDebug, wantedPrecision: Double? = nil
    ) {
      self.load = load
      self.threads = threads
      self.processors = processors
      self.clockShare = clockShare
      self.sharedCoreShare = sharedCoreShare
      self.movedShare = movedShare
      self.isDebugBuild = isDebugBuild
      self.wantedPrecision = wantedPrecision
    }
  }

  private let limits: Limits

  /// A judge with these limits.
  public init(_ limits: Limits = Limits()) { self.limits = limits }

  /// The reasons not to trust `samples`; none if they are steady.
  public func advisories(for samples: Samples, under circumstances: Circumstances) -> [Advisory] {
    var found = judgeMachine(circumstances)
    guard samples.count >= limits.samples else {
      found.append(
        Advisory(.fewSamples, value: Double(samples.count), limit: Double(limits.samples)))
      return found
    }
    if let spread = samples.relativeDeviation, spread > limits.spread {
      found.append(Advisory(.spread, value: spread, limit: limits.spread))
    }
    if let drift = drift(of: samples), drift > limits.drift {
      found.append(Advisory(.drift, value: drift, limit: limits.drift))
    }
    // Up to twice what was wanted, the budget ran out on an ordinary spread.
    if let wanted = circumstances.wantedPrecision, let interval = samples.medianInterval(),
      interval.relativeHalfWidth > 2 * wanted
    {
      found.append(Advisory(.imprecise, value: interval.relativeHalfWidth, limit: wanted))
    }
    return found
  }

  /// The reason not to trust what was measured between some plain reads of memory and some more; `nil` if
  /// they agree, or there are none.
  public func advisory(readsBefore before: Samples, after: Samples) -> Advisory? {
    guard let first = before.median, let second = after.median, min(first, second) > 0 else {
      return nil
    }
    let change = max(first, second) / min(first, second) - 1
    return change > limits.memoryDrift
      ? Advisory(.memoryDrift, value: change, limit: limits.memoryDrift) : nil
  }

  private func judgeMachine(_ circumstances: Circumstances) -> [Advisory] {
    var found: [Advisory] = []
    if circumstances.isDebugBuild { found.append(Advisory(.debugBuild, value: 1, limit: 0)) }
    if circumstances.threads > circumstances.processors {
      found.append(
        Advisory(
          .oversubscribed, value: Double(circumstances.threads),
          limit: Double(circumstances.processors)))
    }
    if let load = circumstances.load {
      if let others = load.otherProcessors, others > limits.otherProcessors {
        found.append(Advisory(.otherLoad, value: others, limit: limits.otherProcessors))
      }
      if let stolen = load.stolenShare, stolen > limits.stolenShare {
        found.append(Advisory(.stolenTime, value: stolen, limit: limits.stolenShare))
      }
      if load.switches > limits.switchesAlwaysAllowed,
        load.switchesPerSecond > limits.switchesPerSecond
      {
        found.append(
          Advisory(.preempted, value: load.switchesPerSecond, limit: limits.switchesPerSecond))
      }
    }
    if let share = circumstances.sharedCoreShare, share > limits.sharedCoreShare {
      found.append(Advisory(.sharedCore, value: share, limit: limits.sharedCoreShare))
    }
    if let share = circumstances.movedShare, share > limits.movedShare {
      found.append(Advisory(.moved, value: share, limit: limits.movedShare))
    }
    if let clock = circumstances.clockShare, clock < limits.clock {
      found.append(Advisory(.throttled, value: clock, limit: limits.clock))
    }
    return found
  }

  private func drift(of samples: Samples) -> Double? {
    let half = samples.count / 2
    guard half >= 3, let median = samples.median, median != 0,
      let first = Samples(Array(samples.values.prefix(half))).median,
      let second = Samples(Array(samples.values.suffix(half))).median
    else { return nil }
    return abs(second - first) / abs(median)
  }
}
