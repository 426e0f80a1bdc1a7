internal import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the threads of a pool share: the job, and who has finished it.
///
/// `words` are on separate cache lines. `round` counts jobs: a worker runs job r once it reads r.
/// `job` is written before `round` and read after it, and stays until `pending` is zero.
final class Crew: @unchecked Sendable {
  private enum Word {
    static let (round, pending, dismissed, sleepers, count) = (0, 16, 32, 48, 64)
  }

  /// How often a waiting worker looks before it sleeps: some tens of microseconds.
  private static let looks = 2000

  private let workers: Int
  private let words: UnsafeMutablePointer<UInt32>
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let turn: UnsafeMutablePointer<pthread_mutex_t>
  private let wake: UnsafeMutablePointer<pthread_cond_t>
  private var job: ((Int) -> Void)?

  init(workers: Int) {
    self.workers = workers
    words = .allocate(capacity: Word.count)
    words.initialize(repeating: 0, count: Word.count)
    mutex = .allocate(capacity: 1)
    turn = .allocate(capacity: 1)
    wake = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    pthread_mutex_init(turn, nil)
    pthread_cond_init(wake, nil)
  }

  deinit {
    pthread_cond_destroy(wake)
    pthread_mutex_destroy(turn)
    pthread_mutex_destroy(mutex)
    wake.deallocate()
    turn.deallocate()
    mutex.deallocate()
    words.deallocate()
  }

  /// Runs one job on all threads, share 0 on this one.
  func run(_ body: @escaping (Int) -> Void) {
    pthread_mutex_lock(turn)
    job = body
    ck_atomic_store(words + Word.pending, UInt32(workers))
    announce()
    body(0)
    wait(for: { ck_atomic_load(self.words + Word.pending) == 0 }, orElse: { sched_yield() })
    job = nil
    pthread_mutex_unlock(turn)
  }

  /// Ends the workers.
  func dismiss() {
    ck_atomic_store(words + Word.dismissed, 1)
    announce()
  }

  /// What a worker does until it is dismissed.
  func work(share: Int) {
    var round: UInt32 = 0
    while true {
      wait(for: { ck_atomic_load(self.words + Word.round) != round }, orElse: { self.sleep(round) })
      round &+= 1
      if ck_atomic_load(words + Word.dismissed) != 0 { return }
      job?(share)
      ck_atomic_add(words + Word.pending, UInt32.max)
    }
  }

  /// Starts a round, and wakes those who sleep.
  private func announce() {
    ck_atomic_add(words + Word.round, 1)
    guard ck_atomic_load(words + Word.sleepers) != 0 else { return }
    pthread_mutex_lock(mutex)
    pthread_cond_broadcast(wake)
    pthread_mutex_unlock(mutex)
  }

  /// Sleeps until the round is another one.
  ///
  /// A worker counts itself as asleep before it looks at the
  /// round for the last time, so that whoever starts a round sees one or the other.
  private func sleep(_ round: UInt32) {
    pthread_mutex_lock(mutex)
    ck_atomic_add(words + Word.sleepers, 1)
    while ck_atomic_load(words + Word.round) == round { pthread_cond_wait(wake, mutex) }
    ck_atomic_add(words + Word.sleepers, UInt32.max)
    pthread_mutex_unlock(mutex)
  }

  private func wait(for isDone: () -> Bool, orElse pass: () -> Void) {
    while true {
      for _ in 0..<Self.looks {
        if isDone() { return }
        ck_pause()
      }
      pass()
    }
  }
}
