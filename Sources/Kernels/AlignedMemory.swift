#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Zeroed memory of its own mapping, in 2 MiB pages where the operating system grants them.
///
/// Weights are read once per token; with 4 KiB pages the reads stall on address translation.
final class AlignedMemory: @unchecked Sendable {
  static let hugePage = 2 << 20

  /// The first byte, aligned to 2 MiB for mappings of at least that size, to a page otherwise.
  let base: UnsafeMutableRawPointer
  /// The size that was asked for.
  let count: Int
  /// Whether 2 MiB pages were asked for, and the operating system did not refuse.
  let requestedHugePages: Bool

  private let mapping: UnsafeMutableRawPointer
  private let mappedCount: Int

  /// Maps `count` bytes; stops the program if there is no memory, as `Array` does.
  init(count: Int) {
    self.count = count
    let wantsHugePages = count >= Self.hugePage
    let unit = wantsHugePages ? Self.hugePage : 4096
    mappedCount = (count + unit - 1) / unit * unit + (wantsHugePages ? unit : 0)
    let flags = MAP_PRIVATE | MAP_ANON
    guard let start = mmap(nil, mappedCount, PROT_READ | PROT_WRITE, flags, -1, 0),
      start != MAP_FAILED
    else { fatalError("out of memory: \(mappedCount) bytes") }
    mapping = start
    base = start.alignedUp(toMultipleOf: unit)
    #if os(Linux)
      let hugePageAdvice: Int32 = 14  // MADV_HUGEPAGE, which Swift's Glibc does not import.
      requestedHugePages =
        wantsHugePages && madvise(base, Self.bytesInHugePages(of: count), hugePageAdvice) == 0
    #else
      requestedHugePages = false
    #endif
  }

  deinit { munmap(mapping, mappedCount) }

  /// How many of `count` bytes shall be in 2 MiB pages: all of them, unless what the last page has
  /// beyond them is more than an eighth of their size.
  static func bytesInHugePages(of count: Int) -> Int {
    let whole = count / hugePage * hugePage
    let beyond = (hugePage - (count - whole)) % hugePage
    return 8 * beyond > count ? whole : count + beyond
  }

  /// Replaces `memory` with a larger one if it has less than `count` bytes; what was in it is lost.
  static func grow(_ memory: inout AlignedMemory, to count: Int) {
    if memory.count < count { memory = AlignedMemory(count: count) }
  }

  /// The memory as numbers of one type.
  func pointer<Number>(as type: Number.Type = Number.self) -> UnsafeMutablePointer<Number> {
    base.assumingMemoryBound(to: type)
  }

  /// What `/proc/self/smaps` says about the pages behind this memory.
  var pages: PageUse {
    let first = UInt(bitPattern: mapping)
    guard requestedHugePages else { return .small }
    return PageUse.read(first: first, end: first + UInt(mappedCount), of: count)
  }
}
