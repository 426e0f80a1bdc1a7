import Kernels
import Testing

@Suite struct CeilingProbeTests {
  @Test(arguments: [1, 2, 3]) func `what is read, written and copied is counted`(threads: Int) {
    let pool = ThreadPool(threads: threads)
    let probe = CeilingProbe(bytes: 3 * 4096 + 100)
    #expect(probe.read(on: pool, prefetching: 0) == 3 * 4096)
    let parts = (0..<2).map { probe.read(on: pool, prefetching: 0, part: $0, of: 2) }
    #expect(parts == [4096, 2 * 4096], "parts are whole pages, and all of them")
    #expect(probe.write(on: pool) == 3 * 4096)
    #expect(probe.copy(on: pool) == 2 * 4096, "half of whole pages, read and written")
    #expect(CeilingProbe(isa: [], bytes: 8 << 20).copy(on: pool) == 8 << 20)
  }
}
