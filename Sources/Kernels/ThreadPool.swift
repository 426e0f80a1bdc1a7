internal import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Persistent threads that share the panels of a matrix.
///
/// The partition is static: share `i` of `n` is always the same panels. Each element of a product is
/// computed by one thread in one order, so results do not depend on the number of threads.
///
/// A waiting thread spins for some microseconds and then sleeps: consecutive products start within
/// a microsecond, and an idle pool costs nothing.
public final class ThreadPool: @unchecked Sendable {
  /// How many threads work, the caller's included.
  public let threads: Int

  private let crew: Crew
  private var handles: [pthread_t] = []

  /// A pool of the caller and `threads - 1` more; at least 1.
  public init(threads: Int) {
    precondition(threads > 0, "\(threads) threads")
    self.threads = threads
    crew = Crew(workers: threads - 1)
    for index in 1..<max(1, threads) { handles.append(Self.start(crew, index: index)) }
  }

  deinit {
    crew.dismiss()
    for handle in handles { pthread_join(handle, nil) }
  }

  /// Calls `body` once with each share 0..<threads, on as many threads, and waits for all.
  ///
  /// Calls from several threads run one after the other. `body` must not call the pool.
  public func run(_ body: (_ share: Int) -> Void) {
    guard threads > 1 else { return body(0) }
    withoutActuallyEscaping(body) { crew.run($0) }
  }

  private static func start(_ crew: Crew, index: Int) -> pthread_t {
    let seat = Unmanaged.passRetained(Seat(crew: crew, index: index)).toOpaque()
    #if canImport(Darwin)
      var handle: pthread_t?
      let status = pthread_create(&handle, nil, { workerMain($0) }, seat)
      guard status == 0, let handle else { fatalError("pthread_create: \(status)") }
      return handle
    #else
      var handle = pthread_t()
      let status = pthread_create(&handle, nil, { workerMain($0) }, seat)
      guard status == 0 else { fatalError("pthread_create: \(status)") }
      return handle
    #endif
  }
}

#if canImport(Darwin)
  private typealias ThreadArgument = UnsafeMutableRawPointer
#else
  private typealias ThreadArgument = UnsafeMutableRawPointer?
#endif

private func workerMain(_ argument: ThreadArgument) -> UnsafeMutableRawPointer? {
  let pointer: UnsafeMutableRawPointer? = argument
  guard let pointer else { return nil }
  let seat = Unmanaged<Seat>.fromOpaque(pointer).takeRetainedValue()
  seat.crew.work(share: seat.index)
  return nil
}

/// Which thread of a crew a new thread is.
private final class Seat {
  let crew: Crew
  let index: Int

  init(crew: Crew, index: Int) {
    self.crew = crew
    self.index = index
  }
}
