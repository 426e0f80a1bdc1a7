import Measurement
import Synchronization

/// Counts the threads of a pool that the system kept on their processors.
final class PinnedThreads: Sendable {
  private let count: Int
  private let pinned = Atomic<Int>(0)

  init(count: Int) { self.count = count }

  /// Keeps the calling thread on processor `share`.
  func pin(_ share: Int) {
    if Affinity.pin(to: share) { pinned.wrappingAdd(1, ordering: .relaxed) }
  }

  /// Whether all are.
  var all: Bool { pinned.load(ordering: .relaxed) == count }
}
