/// Memory that the matrices of one model share, so that each starts where the last one ends.
///
/// A mapping of its own for every matrix would waste half a 2 MiB page on average, or do without
/// such pages. Memory goes back to the system with the last matrix of a slab. An arena serves one caller at a
/// time.
public final class MatrixArena {
  private let slabBytes: Int
  private var slab: AlignedMemory?
  private var used = 0
  /// Bytes at the start of the slab that matrices which are gone may have written.
  private var written = 0

  /// An arena without memory, which takes `slabBytes` at a time: large against a 2 MiB page, small
  /// against what it will hold.
  public init(slabBytes: Int = 64 << 20) { self.slabBytes = slabBytes }

  /// Starts over: in the same memory if no matrix is in it any more, else in new memory.
  ///
  /// Pages that were used before need not be cleared by the system, which takes longer than a copy.
  public func restart() {
    written = max(written, used)
    used = 0
    guard !isKnownUniquelyReferenced(&slab) else { return }
    slab = nil
    written = 0
  }

  /// A part of `count` bytes that nothing else uses, zeroed, aligned to a cache line.
  func take(_ count: Int) -> MatrixMemory {
    let (part, start) = place(count)
    let stale = min(count, written - start)
    if stale > 0 { part.pointer(as: UInt8.self).update(repeating: 0, count: stale) }
    return part
  }

  /// A part with the bytes of `other`.
  func copy(of other: MatrixMemory) -> MatrixMemory {
    let (part, _) = place(other.count)
    part.pointer(as: UInt8.self).update(from: other.pointer(), count: other.count)
    return part
  }

  /// A part of `count` bytes and where in the slab it starts; it may hold what was there before.
  private func place(_ count: Int) -> (part: MatrixMemory, start: Int) {
    let start = (used + 63) / 64 * 64
    if let slab, start + count <= slab.count {
      used = start + count
      return (MatrixMemory(slab: slab, offset: start, count: count), start)
    }
    // What is left of the slab was never touched and takes no memory.
    let slab = AlignedMemory(count: max(slabBytes, count))
    self.slab = slab
    used = count
    written = 0
    return (MatrixMemory(slab: slab, offset: 0, count: count), 0)
  }
}

/// The part of a slab that one matrix fills.
struct MatrixMemory {
  private let slab: AlignedMemory
  private let offset: Int
  /// The size in bytes.
  let count: Int

  fileprivate init(slab: AlignedMemory, offset: Int, count: Int) {
    self.slab = slab
    self.offset = offset
    self.count = count
  }

  /// Memory of its own.
  init(count: Int) {
    self.init(slab: AlignedMemory(count: count), offset: 0, count: count)
  }

  /// Memory of its own with the bytes of `other`.
  init(copying other: MatrixMemory) {
    self.init(count: other.count)
    pointer(as: UInt8.self).update(from: other.pointer(), count: count)
  }

  /// The memory as numbers of one type.
  func pointer<Number>(as type: Number.Type = Number.self) -> UnsafeMutablePointer<Number> {
    (slab.base + offset).assumingMemoryBound(to: type)
  }

  /// Which pages the slab is in.
  var pages: PageUse { slab.pages }
}
