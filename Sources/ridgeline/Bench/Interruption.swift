import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

private let isInterrupted = Atomic<Bool>(false)

/// Ctrl-C, the schedulers' SIGTERM and the SIGHUP of a terminal that closes: the first asks to stop,
/// the second ends the program.
enum Interruption {
  /// Listens from now on.
  static func listen() {
    var numbers = sigset_t()
    unsafe sigemptyset(&numbers)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      unsafe sigaddset(&numbers, number)
      let before = signal(number) { number in
        isInterrupted.store(true, ordering: .relaxed)
        _ = signal(number, SIG_DFL)
      }
      // Under nohup, a run goes on without its terminal.
      let isIgnored =
        unsafe unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
      if number == SIGHUP, isIgnored { _ = signal(number, SIG_IGN) }
    }
    // Some parents leave their children with these signals blocked.
    unsafe pthread_sigmask(SIG_UNBLOCK, &numbers, nil)
  }

  /// Whether somebody asked to stop.
  static var isRequested: Bool { isInterrupted.load(ordering: .relaxed) }
}
