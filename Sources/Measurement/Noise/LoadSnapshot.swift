#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What the processors of the machine and this process have done until now.
public struct LoadSnapshot: Equatable, Sendable {
  /// The monotonic clock.
  public var wallSeconds: Double
  /// CPU time of this process, all threads.
  public var ownSeconds: Double
  /// How often the system took a processor from a thread that wanted to go on.
  public var involuntarySwitches: Int
  /// CPU time of everything on the machine; `nil` where the system does not tell.
  public var busySeconds: Double?
  /// Time in which the hypervisor ran something else; `nil` where the system does not tell.
  public var stolenSeconds: Double?

  /// A snapshot of these figures.
  public init(
    wallSeconds: Double, ownSeconds: Double, involuntarySwitches: Int, busySeconds: Double? = nil,
    stolenSeconds: Double? = nil
  ) {
    self.wallSeconds = wallSeconds
    self.ownSeconds = ownSeconds
    self.involuntarySwitches = involuntarySwitches
    self.busySeconds = busySeconds
    self.stolenSeconds = stolenSeconds
  }

  /// The state of this machine.
  public static func now() -> LoadSnapshot {
    var usage = rusage()
    // RUSAGE_SELF, which is an enumeration in one C library and a number in others.
    let status = unsafe getrusage(.init(0), &usage)
    var snapshot = LoadSnapshot(
      wallSeconds: MonotonicClock.seconds,
      ownSeconds: status == 0 ? seconds(usage.ru_utime) + seconds(usage.ru_stime) : 0,
      involuntarySwitches: status == 0 ? Int(usage.ru_nivcsw) : 0)
    if let ticks = ProcessorTicks.ofMachine() {
      snapshot.busySeconds = ticks.busySeconds
      snapshot.stolenSeconds = ticks.stolenSeconds
    }
    return snapshot
  }

  private static func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) * 1e-6
  }
}

/// Where the time of all processors went.
struct ProcessorTicks: Equatable {
  var busySeconds: Double
  var stolenSeconds: Double?

  /// Reads the first line of Linux's `/proc/stat`.
  ///
  /// Its fields are user, nice, system, idle, iowait, irq, softirq and steal, in units of
  /// `1 / ticksPerSecond`. Guest time is part of user time.
  init?(procStat text: String, ticksPerSecond: Double) {
    let line = text.prefix { $0 != "\n" }
    let fields = line.split(separator: " ")
    guard fields.first == "cpu", ticksPerSecond > 0 else { return nil }
    let ticks = fields.dropFirst().map { Double($0) ?? 0 }
    guard ticks.count >= 4 else { return nil }
    func tick(_ index: Int) -> Double { index < ticks.count ? ticks[index] : 0 }
    busySeconds = (tick(0) + tick(1) + tick(2) + tick(5) + tick(6)) / ticksPerSecond
    stolenSeconds = ticks.count > 7 ? tick(7) / ticksPerSecond : nil
  }

  init(busySeconds: Double, stolenSeconds: Double?) {
    self.busySeconds = busySeconds
    self.stolenSeconds = stolenSeconds
  }

  static func ofMachine() -> ProcessorTicks? {
    #if os(Linux)
      guard let text = SystemFile.text("/proc/stat", limit: 4096) else { return nil }
      return ProcessorTicks(procStat: text, ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))))
    #elseif canImport(Darwin)
      var load = host_cpu_load_info()
      var count = mach_msg_type_number_t(
        MemoryLayout<host_cpu_load_info>.size / MemoryLayout<integer_t>.size)
      let status = unsafe withUnsafeMutablePointer(to: &load) { pointer in
        unsafe pointer.withMemoryRebound(to: integer_t.self, capacity: Int(count)) {
          unsafe host_statistics(mach_host_self(), HOST_CPU_LOAD_INFO, $0, &count)
        }
      }
      guard status == KERN_SUCCESS else { return nil }
      // In the order of CPU_STATE_USER, SYSTEM, IDLE, NICE.
      let ticks = load.cpu_ticks
      let busy = Double(ticks.0) + Double(ticks.1) + Double(ticks.3)
      return ProcessorTicks(
        busySeconds: busy / Double(sysconf(_SC_CLK_TCK)), stolenSeconds: nil)
    #else
      return nil
    #endif
  }
}

/// What happened on the machine between two snapshots.
public struct LoadChange: Equatable, Sendable {
  /// Processors that others kept busy, on average; `nil` where the system does not tell.
  public let otherProcessors: Double?
  /// The share of this machine's CPU time that the hypervisor gave to others; `nil` where unknown.
  public let stolenShare: Double?
  /// Involuntary switches for each second of own CPU time.
  public let switchesPerSecond: Double
  /// Involuntary switches.
  public let switches: Int

  /// The change from `start` to `end` on `processors` processors.
  public init(from start: LoadSnapshot, to end: LoadSnapshot, processors: Int) {
    let wall = max(end.wallSeconds - start.wallSeconds, 1e-9)
    let own = max(0, end.ownSeconds - start.ownSeconds)
    switches = max(0, end.involuntarySwitches - start.involuntarySwitches)
    switchesPerSecond = Double(switches) / max(own, wall * 0.01)
    if let before = start.busySeconds, let after = end.busySeconds {
      // The machine counts in ticks of 10 ms or so, this process in microseconds.
      let rounding = 0.01 * Double(max(1, processors))
      otherProcessors = max(0, after - before - own - rounding) / wall
    } else {
      otherProcessors = nil
    }
    if let before = start.stolenSeconds, let after = end.stolenSeconds {
      stolenShare = max(0, after - before) / (wall * Double(max(1, processors)))
    } else {
      stolenShare = nil
    }
  }
}
