internal import CMeasurement
internal import Synchronization

/// Notices when something else works on the cores of some threads.
///
/// Two hardware threads of a core take turns at issuing instructions: while the other one works, a loop
/// that is bound by issuing runs at half its speed. A virtual machine is not told that a neighbour has
/// the other thread, and its own probes of bandwidth and arithmetic hardly show it, but kernels lose a
/// third.
///
/// It also notices when processors move. A virtual machine's processors are threads that the host
/// moves: two that share a last-level cache meet in 30 nanoseconds, two that do not in 160 (Zen 4), and
/// then each has a link to memory of its own, so that both together read up to twice as much. A program
/// is not told, but starting a job on all threads takes several times as long.
public final class CoreShare: Sendable {
  /// The rate, as a share of the highest seen on that thread, below which a core is shared.
  ///
  /// Clocks that fall under wide vectors cost up to a tenth; another hardware thread costs a third
  /// to a half.
  public static let limit = 0.85

  /// How much longer or shorter than before starting a job on all threads may take before processors
  /// have moved.
  ///
  /// Jobs start in 0.2 microseconds on two processors of a Zen 4 that share a cache, in 0.75 on two
  /// that do not.
  public static let farther = 2.0

  /// Jobs of which the fastest start counts: the first may have to wake threads.
  private static let starts = 8

  /// Some 30 microseconds: a thousandth of what is measured between two looks.
  private static let additions: UInt64 = 500_000

  /// Seconds to look before anything is judged: long enough for some moments of quiet.
  private static let learningSeconds = 0.2

  private struct Rates {
    var highest: [Double]
    var last: [Double]
    var firstStart: Double?
    var lastStart = 0.0
  }

  private let rates: Mutex<Rates>

  /// Watches the cores of so many threads.
  public init(threads: Int) {
    let none = [Double](repeating: 0, count: threads)
    rates = Mutex(Rates(highest: none, last: none))
  }

  /// Additions that the calling thread's core does in a second at the moment.
  public static func additionsPerSecond() -> Double {
    let seconds = MonotonicClock.time { _ = cm_independent_additions(additions) }
    return Double(additions) / max(seconds, 1e-9)
  }

  /// Looks at the core of the calling thread, which is number `thread` of those watched.
  public func look(from thread: Int) { note(Self.additionsPerSecond(), of: thread) }

  /// Notes that starting a job took so many seconds.
  func note(startSeconds: Double) {
    rates.withLock { rates in
      rates.lastStart = startSeconds
      if rates.firstStart == nil { rates.firstStart = startSeconds }
    }
  }

  func note(_ rate: Double, of thread: Int) {
    rates.withLock { rates in
      rates.last[thread] = rate
      rates.highest[thread] = max(rates.highest[thread], rate)
    }
  }

  /// Looks at all cores; `onEveryThread` calls its argument with the number of each thread, on it.
  ///
  /// - Returns: Whether every thread has its core to itself, and all are where they were.
  public func look(onEveryThread: ((_ thread: Int) -> Void) -> Void) -> Bool {
    onEveryThread { look(from: $0) }
    let starts = (0..<Self.starts).map { _ in MonotonicClock.time { onEveryThread { _ in } } }
    if let fastest = starts.min() { note(startSeconds: fastest) }
    return isQuiet
  }

  /// How many looks were not quiet, by why.
  public struct Disturbances: Hashable, Sendable {
    /// Looks at which something else worked on the cores.
    public private(set) var shared = 0
    /// Looks at which processors were elsewhere.
    public private(set) var moved = 0

    /// None yet.
    public init() {}

    /// Counts the last look at `cores`.
    public mutating func count(_ cores: CoreShare) {
      if !cores.isInPlace { moved += 1 } else if !cores.isQuiet { shared += 1 }
    }

    /// `share`, a share of disturbed time, as that of the more frequent reason; shared if both are.
    public func split(_ share: Double?) -> (shared: Double?, moved: Double?) {
      shared >= moved ? (share, nil) : (nil, share)
    }
  }

  /// Looks at all cores for a while, to learn what they do undisturbed.
  public func learn(onEveryThread: ((_ thread: Int) -> Void) -> Void) {
    let end = MonotonicClock.seconds + Self.learningSeconds
    while MonotonicClock.seconds < end { _ = look(onEveryThread: onEveryThread) }
  }

  /// Seconds that starting a job on all threads took when last looked at.
  public var startSeconds: Double { rates.withLock(\.lastStart) }

  /// Takes the places that processors have at the next look as those that they should keep.
  public func settle() { rates.withLock { $0.firstStart = nil } }

  /// Whether the threads were as far from each other when last looked at as at the first look since
  /// ``settle()``.
  public var isInPlace: Bool {
    rates.withLock { rates in
      guard rates.last.count > 1, let first = rates.firstStart else { return true }
      return rates.lastStart <= Self.farther * first && first <= Self.farther * rates.lastStart
    }
  }

  /// Whether every thread had its core to itself when it last looked, and none had moved.
  public var isQuiet: Bool {
    isInPlace && isUnshared
  }

  private var isUnshared: Bool {
    rates.withLock { rates in
      zip(rates.last, rates.highest).allSatisfy { $0 >= Self.limit * $1 }
    }
  }
}
