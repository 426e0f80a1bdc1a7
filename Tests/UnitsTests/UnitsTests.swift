import Testing
import Units

@Suite struct UnitsTests {
  @Test func `a gibibyte is 2^30 bytes and a gigabyte 10^9`() {
    #expect(Bytes.gibibytes(1).count == 1_073_741_824)
    #expect(Bytes.gigabytes(1).count == 1_000_000_000)
    #expect(Bytes(3_825_065_984).gigabytes == 3.825065984)
    // llama.cpp prints 3.56 GiB for this file.
    #expect(abs(Bytes(3_825_065_984).gibibytes - 3.5624) < 0.0001)
  }

  @Test func `bytes over bandwidth are seconds`() {
    // 13.48 GB of fp16 weights at the 1.935 TB/s of an A100 80GB PCIe.
    let time = Bytes(13_476_831_232) / BytesPerSecond(1.935e12)
    #expect(abs(time.milliseconds - 6.96477) < 0.00001)
  }

  @Test func `operations over rate are seconds and a MAC is two operations`() {
    let work = OperationCount.multiplyAccumulates(156e12)
    #expect(work.count == 312e12)
    #expect(work / OperationsPerSecond(312e12) == Seconds(1))
  }

  @Test func `rate over bandwidth is the ridge point`() {
    // A100 80GB PCIe: 312e12 / 1.935e12 FLOP per byte.
    let ridge: Double = OperationsPerSecond(312e12) / BytesPerSecond(1.935e12)
    #expect(abs(ridge - 161.2403) < 0.0001)
  }

  @Test func `amounts add, scale and compare`() {
    #expect(Bytes(3) + Bytes(4) - Bytes(2) == Bytes(5))
    #expect(Bytes(3) * 2 == Bytes(6))
    #expect(Seconds(3) / 2 == Seconds(1.5))
    #expect(Bytes(1) < Bytes(2))
    let ratio: Double = Bytes(6) / Bytes(3)
    #expect(ratio == 2)
    #expect(OperationCount(6) / Bytes(3) == 2)
    var sum = Seconds.zero
    sum += Seconds(2)
    #expect(sum == Seconds(2))
  }
}
