internal import CKernels

/// Measures what the machine can do at most, for benchmarks to compare kernels with.
public struct CeilingProbe {
  /// The name of the instruction set.
  public let isa: String

  private let probe: ck_probe
  private let memory: AlignedMemory

  /// A probe of the best instruction set in `isa` that reads `bytes` of memory; `nil` if there is
  /// none.
  public init?(isa: ISA = .allowed, bytes: Int) {
    var found: ck_probe?
    var index = 0
    while let row = ck_probe_at(index) {
      if isa.isSuperset(of: ISA(rawValue: row.pointee.required)) { found = row.pointee }
      index += 1
    }
    guard let found else { return nil }
    probe = found
    self.isa = String(cString: found.isa)
    memory = AlignedMemory(count: bytes / 4096 * 4096)
    // Pages that were never written are all the same zero page, which stays in the cache.
    memory.base.initializeMemory(as: UInt8.self, repeating: 1, count: memory.count)
  }

  /// Runs independent 8-bit dot products on every thread; returns the operations.
  public func dotProducts(iterations: Int, on pool: ThreadPool) -> Double {
    pool.run { _ in _ = probe.dot_products(iterations) }
    return probe.dot_products(1) * Double(iterations * pool.threads)
  }

  /// Runs independent fused multiply-adds of f32 on every thread; returns the operations.
  public func multiplyAdds(iterations: Int, on pool: ThreadPool) -> Double {
    pool.run { _ in _ = probe.multiply_adds(iterations) }
    return probe.multiply_adds(1) * Double(iterations * pool.threads)
  }

  /// Runs independent dot products of bf16 on every thread; returns the operations, or `nil` if the
  /// processor has no such instruction.
  public func bf16DotProducts(iterations: Int, on pool: ThreadPool) -> Double? {
    guard ISA.allowed.isSuperset(of: ISA(rawValue: probe.bf16_required)) else { return nil }
    pool.run { _ in _ = probe.bf16_dot_products(iterations) }
    return probe.bf16_dot_products(1) * Double(iterations * pool.threads)
  }

  /// Reads all of the memory once, each thread its part; returns the bytes.
  public func read(on pool: ThreadPool, prefetching ahead: Int) -> Int {
    let pages = memory.count / 4096
    pool.run { share in
      let first = pages * share / pool.threads * 4096
      let end = pages * (share + 1) / pool.threads * 4096
      probe.read(memory.pointer() + first, end - first, ahead)
    }
    return memory.count
  }
}
