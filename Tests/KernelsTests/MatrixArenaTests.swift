import QuantizationFormats
import Testing

@testable import Kernels

@Suite("Memory that matrices share")
struct MatrixArenaTests {
  private static func weights(_ seed: UInt64, _ count: Int) -> [Float] {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
  }

  /// A matrix of the rows of `weights`, in the memory of `arena` or its own.
  private static func matrix(
    _ weights: [Float], columns: Int, in arena: MatrixArena?
  ) throws -> QuantizedMatrix {
    let bytes = try #require(StorageFormat.q4_0.packRows(weights, columns: columns))
    let rowBytes = columns / 32 * 18
    return try QuantizedMatrix(
      rows: weights.count / columns, columns: columns, format: .q4_0, in: arena
    ) { rows in
      Array(bytes[rows.lowerBound * rowBytes..<rows.upperBound * rowBytes])
    }
  }

  @Test("Matrices of one arena multiply as matrices of their own, to the bit")
  func products() throws {
    let arena = MatrixArena()
    let cases: [(UInt64, Int, Int)] = [(1, 48, 64), (2, 17, 32), (3, 4096, 1024)]
    for (seed, rows, columns) in cases {
      let weights = Self.weights(seed, rows * columns)
      let shared = try Self.matrix(weights, columns: columns, in: arena)
      let own = try Self.matrix(weights, columns: columns, in: nil)
      let input = Self.weights(seed + 10, 3 * columns)
      let expected = try own.multiply(input, tokens: 3)
      #expect(try shared.multiply(input, tokens: 3) == expected)
      #expect(try shared.duplicate().multiply(input, tokens: 3) == expected)
    }
  }

  @Test("An arena that starts over takes the same memory, zeroed, once nothing is in it any more")
  func restart() throws {
    let arena = MatrixArena(slabBytes: 4 << 20)
    func address(_ part: MatrixMemory) -> UInt { UInt(bitPattern: part.pointer(as: UInt8.self)) }
    var first: MatrixMemory? = arena.take(3 << 20)
    let start = address(try #require(first))
    first?.pointer(as: UInt8.self).update(repeating: 7, count: 3 << 20)
    arena.restart()
    // A matrix is still there: its memory is left alone.
    var second: MatrixMemory? = arena.take(1 << 20)
    let other = address(try #require(second))
    #expect(other != start)
    #expect(first?.pointer(as: UInt8.self)[0] == 7)
    first = nil
    second?.pointer(as: UInt8.self).update(repeating: 9, count: 1 << 20)
    second = nil
    arena.restart()
    // What was written is zeroed, or replaced by a copy.
    let third = arena.take(2 << 20)
    #expect(address(third) == other)
    let bytes = third.pointer(as: UInt8.self)
    #expect((0..<third.count).allSatisfy { bytes[$0] == 0 })
    bytes.update(repeating: 5, count: third.count)
    let copy = arena.copy(of: third)
    let copied = copy.pointer(as: UInt8.self)
    #expect(address(copy) == address(third) + UInt(third.count))
    #expect((0..<copy.count).allSatisfy { copied[$0] == 5 })
  }

  @Test("Parts do not overlap, are aligned, and outlive the arena")
  func parts() {
    var parts: [MatrixMemory] = []
    do {
      let arena = MatrixArena()
      for count in [100, 64, 1, 70 << 20, 5000, 3 << 20] { parts.append(arena.take(count)) }
    }
    for (index, part) in parts.enumerated() {
      let bytes = part.pointer(as: UInt8.self)
      #expect(UInt(bitPattern: bytes).isMultiple(of: 64))
      #expect(bytes[0] == 0 && bytes[part.count - 1] == 0)
      bytes.update(repeating: UInt8(index + 1), count: part.count)
    }
    for (index, part) in parts.enumerated() {
      let bytes = part.pointer(as: UInt8.self)
      #expect(bytes[0] == index + 1 && bytes[part.count - 1] == index + 1)
    }
  }
}
