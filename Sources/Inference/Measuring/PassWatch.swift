import Kernels
import Measurement

/// Times the parts of passes, and notices when something else worked on the cores meanwhile.
///
/// On a shared machine a whole pass is seldom undisturbed, but some milliseconds of it are. A part is some
/// blocks in a row, the first with the embedding and the last with the head; between parts the cores are
/// looked at, which counts for nothing. What a part took has no say in whether it was disturbed.
final class PassWatch {
  /// A part lasts about this long, which is long against a look and short against a disturbance.
  private static let partSeconds = 0.005
  /// Seconds to wait at most for a quiet moment before a part.
  private static let wait = 0.02

  /// The times of one part.
  struct Part {
    var quiet: [Double] = []
    var disturbed: [Double] = []
  }

  /// The parts of a pass, or of all chunks of a prompt.
  private(set) var parts: [Part] = []
  /// What the looks since ``divide(secondsPerBlock:)`` have seen.
  private(set) var disturbances = CoreShare.Disturbances()

  private let pool: ThreadPool
  private let cores: CoreShare
  private var blocksPerPart = Int.max
  private var position = 0
  private var blocks = 0
  private var wasQuiet = false
  private var start = 0.0
  private var sum = 0.0

  init(_ pool: ThreadPool) {
    self.pool = pool
    cores = CoreShare(threads: pool.threads)
    cores.learn { pool.run($0) }
  }

  /// Sets the size of parts, once it is known what a block takes; forgets what was timed, and where the
  /// processors were meanwhile.
  func divide(secondsPerBlock: Double) {
    blocksPerPart = max(1, Int((Self.partSeconds / max(secondsPerBlock, 1e-9)).rounded(.up)))
    parts = []
    disturbances = CoreShare.Disturbances()
    cores.settle()
  }

  /// A pass begins, or the first chunk of a prompt.
  func begin() {
    position = 0
    blocks = 0
    sum = 0
    restart()
  }

  /// A block is done.
  func blockDone() {
    blocks += 1
    if blocks.isMultiple(of: blocksPerPart) { close() }
  }

  /// The last pass is done; returns the seconds of all parts since `begin`.
  func end() -> Double {
    close()
    return sum
  }

  private func close() {
    let seconds = MonotonicClock.seconds - start
    let isQuiet = look()
    if position == parts.count { parts.append(Part()) }
    if wasQuiet, isQuiet {
      parts[position].quiet.append(seconds)
    } else {
      parts[position].disturbed.append(seconds)
    }
    position += 1
    sum += seconds
    restart()
  }

  private func restart() {
    let end = MonotonicClock.seconds + Self.wait
    repeat { wasQuiet = look() } while !wasQuiet && MonotonicClock.seconds < end
    start = MonotonicClock.seconds
  }

  private func look() -> Bool {
    let isQuiet = cores.look { pool.run($0) }
    disturbances.count(cores)
    return isQuiet
  }
}
