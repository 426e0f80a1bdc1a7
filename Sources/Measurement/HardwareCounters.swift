internal import CMeasurement
internal import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Counts what happens on the threads of some work, as far as the operating system lets us.
///
/// Linux does, through `perf_event_open`, unless `perf_event_paranoid` or a sandbox forbids it; virtual
/// machines often show no hardware events. Other systems have no call for it that a program may use.
public enum HardwareCounters {
  /// What is counted, outside the kernel.
  public enum Event: String, Hashable, Sendable, CaseIterable {
    /// Cycles of the cores, at their actual clocks.
    case cycles
    /// Instructions retired.
    case instructions
    /// Accesses that missed the last-level cache, as far as the processor defines it so.
    case cacheMisses = "cache_misses"
    /// Pages that were not mapped when they were touched.
    case pageFaults = "page_faults"

    fileprivate var event: cm_event {
      switch self {
      case .cycles: CM_CYCLES
      case .instructions: CM_INSTRUCTIONS
      case .cacheMisses: CM_CACHE_MISSES
      case .pageFaults: CM_PAGE_FAULTS
      }
    }
  }

  /// Counts what happens during `body`.
  ///
  /// - Parameters:
  ///   - onEveryThread: Calls its argument on each thread that `body` works on.
  ///   - body: The work.
  /// - Returns: The sums over all threads, without the events that the system does not count.
  /// - Throws: what `body` throws.
  public static func count(
    onEveryThread: ((_ thread: Int) -> Void) -> Void, _ body: () throws -> Void
  ) rethrows -> [Event: Double] {
    let open = Mutex<[(event: Event, descriptor: Int32)]>([])
    onEveryThread { _ in
      for event in Event.allCases {
        let descriptor = cm_open_counter(event.event)
        open.withLock { $0.append((event, descriptor)) }
      }
    }
    let counters = open.withLock(\.self)
    defer { for counter in counters where counter.descriptor >= 0 { close(counter.descriptor) } }
    let before = counters.map { read($0.descriptor) }
    try body()
    let after = counters.map { read($0.descriptor) }
    var sums: [Event: Double] = [:]
    var missing: Set<Event> = []
    for (index, counter) in counters.enumerated() {
      guard let first = before[index], let last = after[index], last >= first else {
        missing.insert(counter.event)
        continue
      }
      sums[counter.event, default: 0] += last - first
    }
    // A sum that lacks a thread says nothing.
    return sums.filter { !missing.contains($0.key) }
  }

  private static func read(_ descriptor: Int32) -> Double? {
    guard descriptor >= 0 else { return nil }
    let count = cm_read_counter(descriptor)
    return count >= 0 ? count : nil
  }
}
