#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory whose last element ends at a page that nobody may touch: one step too far stops the tests.
final class GuardedBuffer<Element: BitwiseCopyable> {
  let count: Int
  let first: UnsafeMutablePointer<Element>

  private let mapping: UnsafeMutableRawPointer
  private let mappedBytes: Int

  init(count: Int, filledWith value: Element) {
    self.count = count
    let page = Int(getpagesize())
    let bytes = count * MemoryLayout<Element>.stride
    let used = (bytes + page - 1) / page * page
    mappedBytes = used + page
    guard let start = mmap(nil, mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0),
      start != MAP_FAILED, mprotect(start + used, page, PROT_NONE) == 0
    else { fatalError("cannot map \(mappedBytes) bytes") }
    mapping = start
    first = (start + used - bytes).bindMemory(to: Element.self, capacity: count)
    first.initialize(repeating: value, count: count)
  }

  convenience init(_ elements: [Element], empty value: Element) {
    self.init(count: elements.count, filledWith: value)
    for (index, element) in elements.enumerated() { first[index] = element }
  }

  deinit { munmap(mapping, mappedBytes) }

  var elements: [Element] { Array(UnsafeBufferPointer(start: first, count: count)) }
}
