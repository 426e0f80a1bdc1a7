import Foundation
import Measurement
import Testing

@Suite struct HardwareCounterTests {
  /// What this system counts, found by counting nothing.
  private static let counted = Set(HardwareCounters.count(onEveryThread: { $0(0) }, {}).keys)

  @Test(.enabled(if: counted.contains(.pageFaults), "this system does not count page faults"))
  func `touching new memory faults`() throws {
    var numbers: [UInt8] = []
    let counts = HardwareCounters.count(onEveryThread: { $0(0) }) {
      numbers = [UInt8](repeating: 1, count: 64 << 20)
    }
    // At least one for 2 MiB, at most one for 4 KiB and some beside.
    let faults = try #require(counts[.pageFaults])
    #expect((32...20_000).contains(faults), "\(faults)")
    #expect(numbers.last == 1)
  }

  @Test(.enabled(if: counted.contains(.instructions), "this machine shows no instruction counter"))
  func `a loop retires at least an instruction for each turn`() throws {
    var sum: UInt64 = 0
    let counts = HardwareCounters.count(onEveryThread: { $0(0) }) {
      for turn in 0..<1_000_000 { sum = sum &* 31 &+ UInt64(turn) }
    }
    #expect(try #require(counts[.instructions]) >= 1_000_000)
    #expect(sum != 1)
  }

  @Test func `an event that a thread could not count has no sum`() {
    // The second thread is no thread of its own, but counts on: both sums are of the same events.
    let counts = HardwareCounters.count(
      onEveryThread: { body in
        body(0)
        body(1)
      }, {})
    #expect(Set(counts.keys) == Self.counted)
  }
}
