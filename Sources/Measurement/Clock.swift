internal import CMeasurement

/// Time that never goes back, in seconds since an arbitrary moment.
public enum MonotonicClock {
  /// Now.
  public static var seconds: Double { Double(cm_nanoseconds()) * 1e-9 }

  /// The seconds that `body` takes.
  public static func time(_ body: () throws -> Void) rethrows -> Double {
    let start = cm_nanoseconds()
    try body()
    return Double(cm_nanoseconds() &- start) * 1e-9
  }

  /// The counter that the processor keeps at a constant rate; `nil` where it has none that
  /// programs may read.
  public static var ticks: UInt64? {
    let ticks = cm_ticks()
    return ticks == 0 ? nil : ticks
  }
}

/// The clock of the core that runs the calling thread.
public enum CoreClock {
  /// Cycles per second, from the time of a chain of additions that take one cycle each.
  ///
  /// The fastest of several short tries, so that an interruption does not look like a slow clock.
  public static func estimateHertz(tries: Int = 5) -> Double {
    let links: UInt64 = 200_000
    var best = Double.infinity
    for _ in 0..<max(1, tries) {
      best = min(best, MonotonicClock.time { _ = cm_addition_chain(links) })
    }
    return Double(links) / best
  }
}
