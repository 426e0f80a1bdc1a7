internal import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What a processor multiplies in one instruction.
public enum ArithmeticUnit: Sendable, CaseIterable {
  /// Sums of four products of bytes, or the nearest the instruction set has.
  case int8DotProduct
  /// Multiply-adds in single precision.
  case fp32MultiplyAdd
  /// Sums of two products of bfloat16 in single precision.
  case bf16DotProduct
}

/// Measures what the machine can do at most, for benchmarks to compare kernels with.
public struct CeilingProbe {
  /// The name of the instruction set.
  public let name: String

  private let isa: ISA
  private let probe: ck_probe
  private let memory: AlignedMemory

  /// The name of the best instruction set in `isa` that has a probe.
  public static func name(on isa: ISA) -> String {
    String(cString: isa.best(in: ck_probe_at, requires: \.required).isa)
  }

  /// A probe of the best instruction set in `isa` that reads `bytes` of memory.
  public init(isa: ISA = .allowed, bytes: Int) {
    probe = isa.best(in: ck_probe_at, requires: \.required)
    self.isa = isa
    name = String(cString: probe.isa)
    memory = AlignedMemory(count: bytes / 4096 * 4096)
    // Pages that were never written are all the same zero page, which stays in the cache.
    memory.base.initializeMemory(as: UInt8.self, repeating: 1, count: memory.count)
  }

  /// Whether the processor multiplies numbers of `unit` in such instructions.
  public func measures(_ unit: ArithmeticUnit) -> Bool {
    guard unit == .bf16DotProduct else { return true }
    return probe.bf16_dot_products != nil
      && isa.isSuperset(of: ISA(rawValue: probe.bf16_required))
  }

  /// Runs independent operations of `unit` on every thread; returns the operations, none of a unit
  /// that the processor lacks.
  public func operations(of unit: ArithmeticUnit, iterations: Int, on pool: ThreadPool) -> Double {
    guard measures(unit), let run = function(of: unit) else { return 0 }
    pool.run { _ in _ = run(iterations) }
    return run(1) * Double(iterations * pool.threads)
  }

  private func function(of unit: ArithmeticUnit) -> (@convention(c) (Int) -> Double)? {
    switch unit {
    case .int8DotProduct: probe.dot_products
    case .fp32MultiplyAdd: probe.multiply_adds
    case .bf16DotProduct: probe.bf16_dot_products
    }
  }

  /// Writes all of the memory once, each thread its part; returns the bytes.
  ///
  /// With the C library's `memset`, which is written for the processor and bypasses caches where that is
  /// faster.
  public func write(on pool: ThreadPool) -> Int {
    onParts(of: memory.count, pool) { memset($0, 1, $1) }
    return memory.count
  }

  /// Copies the first half of the memory to the second, each thread its part, with the C library's
  /// `memcpy`; returns the bytes read and written.
  public func copy(on pool: ThreadPool) -> Int {
    let half = memory.count / 2 / 4096 * 4096
    onParts(of: half, pool) { memcpy($0 + half, $0, $1) }
    return 2 * half
  }

  /// Calls `body` on every thread with the start and the size of its part of the first `bytes` bytes.
  private func onParts(
    of bytes: Int, _ pool: ThreadPool, _ body: (UnsafeMutableRawPointer, Int) -> Void
  ) {
    let pages = bytes / 4096
    pool.run { share in
      let first = pages * share / pool.threads * 4096
      body(memory.base + first, pages * (share + 1) / pool.threads * 4096 - first)
    }
  }

  /// Reads the memory once, each thread its share; returns the bytes.
  ///
  /// Or only `part`, 0 and up, of `parts` equal parts of it. Taken in turn, each comes again only after all
  /// the others.
  public func read(
    on pool: ThreadPool, prefetching ahead: Int, part: Int = 0, of parts: Int = 1
  ) -> Int {
    let start = memory.count / 4096 * part / parts
    let pages = memory.count / 4096 * (part + 1) / parts - start
    pool.run { share in
      let first = (start + pages * share / pool.threads) * 4096
      let end = (start + pages * (share + 1) / pool.threads) * 4096
      probe.read(memory.pointer() + first, end - first, ahead)
    }
    return pages * 4096
  }
}
