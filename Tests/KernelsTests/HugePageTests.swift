import Testing

@testable import Kernels

@Suite struct HugePageTests {
  /// A layer of TinyLlama's cache for 2,052 tokens has 2.1 MB: with a second huge page for the last tenth,
  /// 22 layers occupied 44 MB more than they have.
  @Test(arguments: [
    (2 << 20, 2 << 20), (2_129_920, 2 << 20), (4 << 20, 4 << 20), (9_437_184, 10 << 20),
    ((34 << 20) + 1, 36 << 20),
  ])
  func `the last huge page is not mostly beyond the end`(count: Int, advised: Int) {
    #expect(AlignedMemory.bytesInHugePages(of: count) == advised)
    let memory = AlignedMemory(count: count)
    #expect(UInt(bitPattern: memory.base) % UInt(AlignedMemory.hugePage) == 0)
    memory.base.initializeMemory(as: UInt8.self, repeating: 1, count: count)
  }
}
