/// Memory that the matrices of one model share, so that each starts where the last one ends.
///
/// A mapping of its own for every matrix would waste half a 2 MiB page on average, or do without
/// such pages. Memory goes back to the system with the last matrix of a slab. An arena serves one caller at a
/// time.
public final class MatrixArena {
  /// Large against a 2 MiB page, small against a model.
  private static let slabBytes = 64 << 20

  private var slab: AlignedMemory?
  private var used = 0

  /// An arena without memory.
  public init() {}

  /// A part of `count` bytes that nothing else uses, zeroed, aligned to a cache line.
  func take(_ count: Int) -> MatrixMemory {
    let start = (used + 63) / 64 * 64
    if let slab, start + count <= slab.count {
      used = start + count
      return MatrixMemory(slab: slab, offset: start, count: count)
    }
    // What is left of the slab was never touched and takes no memory.
    let slab = AlignedMemory(count: max(Self.slabBytes, count))
    self.slab = slab
    used = count
    return MatrixMemory(slab: slab, offset: 0, count: count)
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
