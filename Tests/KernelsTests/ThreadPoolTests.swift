import CKernels
import Kernels
import Testing

@Suite("The thread pool")
struct ThreadPoolTests {
  @Test("Every share runs once in every round", arguments: [1, 2, 3, 8])
  func shares(_ threads: Int) {
    let pool = ThreadPool(threads: threads)
    let counts = GuardedBuffer<Int>(count: threads, filledWith: 0)
    for _ in 0..<2000 { pool.run { counts.first[$0] += 1 } }
    #expect(counts.elements == [Int](repeating: 2000, count: threads))
  }

  @Test("Threads that have gone to sleep wake up")
  func sleep() async throws {
    let pool = ThreadPool(threads: 4)
    let counts = GuardedBuffer<Int>(count: 4, filledWith: 0)
    for _ in 0..<5 {
      try await Task.sleep(for: .milliseconds(5))
      pool.run { counts.first[$0] += 1 }
    }
    #expect(counts.elements == [5, 5, 5, 5])
  }

  @Test("Callers on several threads take turns")
  func callers() async {
    let pool = ThreadPool(threads: 2)
    let total = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<8 {
        group.addTask {
          let counts = GuardedBuffer<Int>(count: 2, filledWith: 0)
          for _ in 0..<200 { pool.run { counts.first[$0] += 1 } }
          return counts.elements.reduce(0, +)
        }
      }
      return await group.reduce(0, +)
    }
    #expect(total == 8 * 200 * 2)
  }

  @Test("Pools come and go")
  func lifetimes() {
    for _ in 0..<100 { ThreadPool(threads: 3).run { _ in } }
  }
}
