import CKernels
import Kernels
import QuantizationFormats
import Testing

@Suite("Products of rows of floats and int8")
struct RowProductTests {
  struct Shape: CustomTestStringConvertible {
    let rows: Int
    let columns: Int
    let tokens: Int

    var testDescription: String { "\(rows) rows, \(columns) columns, \(tokens) tokens" }
  }

  /// Tails of rows, columns and tokens; columns beyond one chunk of every kind (1,024 of f32, 2,048
  /// of bf16 pairs, 4,096 of int8); more tokens than a batch of tiles.
  static let shapes = [
    (1, 1, 1), (15, 2, 2), (16, 3, 3), (17, 5, 5), (33, 7, 8), (64, 31, 9), (16, 64, 4),
    (17, 127, 12), (15, 67, 13), (16, 97, 16), (33, 257, 25), (5, 1031, 7), (49, 1033, 14),
    (17, 4099, 3), (3, 8209, 13), (35, 2053, 26), (2, 33, 530),
  ].map { Shape(rows: $0.0, columns: $0.1, tokens: $0.2) }

  @Test(
    "Every kernel agrees with double precision within the rounding of its own operations",
    arguments: KernelRegistry.rowFormats, shapes)
  func product(_ format: StorageFormat, _ shape: Shape) throws {
    var random = SplitMix64(seed: UInt64(shape.rows * 1000 + shape.tokens))
    let weights = (0..<shape.rows * shape.columns).map { _ in random.normal() }
    let activations = (0..<shape.tokens * shape.columns).map { _ in random.normal() }
    try check(format, weights, activations, rows: shape.rows, tokens: shape.tokens)
  }

  @Test(
    "Zeros, outliers, extremes and tiny numbers are multiplied correctly",
    arguments: KernelRegistry.rowFormats, AdversarialBlock.allCases)
  func adversarial(_ format: StorageFormat, _ kind: AdversarialBlock) throws {
    var random = SplitMix64(seed: 5)
    let columns = 75
    for size: Float in [1, 0x1p-70] {
      let weights = kind.numbers(17 * columns, largest: size, using: &random)
      for other in AdversarialBlock.allCases {
        let activations = other.numbers(3 * columns, largest: 3 * size, using: &random)
        try check(format, weights, activations, rows: 17, tokens: 3)
      }
    }
  }

  @Test("Integer sums are exact, even where every product is as large as it gets")
  func exactSums() throws {
    let format = StorageFormat.int8RowMaximum
    let (rows, columns, tokens) = (18, 4133, 14)
    var random = SplitMix64(seed: 11)
    var bytes: [UInt8] = []
    for row in 0..<rows {
      bytes += (0..<columns).map { _ in
        row == 0 ? 0x80 : row == 1 ? 0x7F : UInt8.random(in: 0...255, using: &random)
      }
      bytes += [0, 0, 0xFE, 0x42]  // 127, so that the scale is 1
    }
    let activations = (0..<tokens * columns).map { index -> Float in
      if index.isMultiple(of: columns) { return 127 }
      if index < 2 * columns { return index < columns ? 127 : -127 }
      return Float(Int.random(in: -127...127, using: &random))
    }
    let expected = (0..<tokens).flatMap { token in
      (0..<rows).map { row in
        Float(
          (0..<columns).reduce(0) { sum, column in
            let code = Int(Int8(bitPattern: bytes[row * (columns + 4) + column]))
            return sum + code * Int(activations[token * columns + column])
          })
      }
    }
    for kernel in runnableKernels(for: format) {
      let actual = GuardedProduct(kernel: kernel, rows: rows, columns: columns, tokens: tokens)
        .run(bytes, activations)
      #expect(actual == expected, "\(String(cString: kernel.isa))")
    }
  }

  @Test("The longest rows of int8 keep every bit of their sums")
  func longestRows() throws {
    let columns = 131_072
    let bytes = [UInt8](repeating: 0x80, count: columns) + [0, 0, 0xFE, 0x42]
    for kernel in KernelRegistry.runnable()
    where kernel.weightFormatID == StorageFormat.int8RowMaximum.id {
      let matrix = try QuantizedMatrix(
        rows: 1, columns: columns, format: .int8RowMaximum, bytes: bytes)
      for value: Float in [1, -1] {
        var result: [Float] = []
        try Multiplier().multiply(
          matrix, [Float](repeating: value * 127, count: columns), tokens: 1, into: &result,
          using: kernel)
        #expect(result == [Float(-128 * 127 * columns) * value], "\(kernel)")
      }
    }
    #expect(throws: MatrixError.rowTooLong(columns: columns + 1, most: columns)) {
      try QuantizedMatrix(rows: 1, columns: columns + 1, format: .int8RowMaximum, bytes: [])
    }
  }

  @Test(
    "NaN and infinity follow IEEE 754 in products of floats", arguments: KernelRegistry.floatKernels
  )
  func notFinite(_ kernel: Kernel) throws {
    let format = try #require(KernelRegistry.formats.first { $0.id == kernel.weightFormatID })
    let (rows, columns, tokens) = (17, 67, 5)
    // Row 3 has a zero where token 2's infinity is.
    var weights = [Float](repeating: 0.5, count: rows * columns)
    weights[3 * columns + 40] = 0
    let matrix = try QuantizedMatrix(
      quantizing: weights, rows: rows, columns: columns, format: format)
    var activations = [Float](repeating: 1, count: tokens * columns)
    activations[columns + 66] = .nan
    activations[2 * columns + 40] = -.infinity
    activations[3 * columns] = .infinity
    activations[3 * columns + 1] = -.infinity
    var result: [Float] = []
    try Multiplier().multiply(matrix, activations, tokens: tokens, into: &result, using: kernel)
    for row in 0..<rows {
      #expect(result[row].isFinite && result[4 * rows + row].isFinite)
      #expect(result[rows + row].isNaN && result[3 * rows + row].isNaN)
      let infinite = result[2 * rows + row]
      #expect(row == 3 ? infinite.isNaN : infinite == -.infinity)
    }
  }

  private func check(
    _ format: StorageFormat, _ weights: [Float], _ activations: [Float], rows: Int, tokens: Int
  ) throws {
    let columns = weights.count / rows
    let bytes = try #require(format.packRows(weights, columns: columns))
    let kernels = runnableKernels(for: format)
    try #require(!kernels.isEmpty)
    var references: [String: RowReference] = [:]
    for kernel in kernels {
      let stored = String(cString: kernel.activation.pointee.id)
      let reference =
        try references[stored]
        ?? RowReference(
          format, bytes, rows: rows, activations: stored, activations, tokens: tokens)
      references[stored] = reference
      let actual = GuardedProduct(kernel: kernel, rows: rows, columns: columns, tokens: tokens)
        .run(bytes, activations)
      for index in actual.indices
      where !agrees(actual[index], reference.values[index], within: reference.bounds[index]) {
        Issue.record(
          """
          \(format.id) on \(String(cString: kernel.isa)), \(rows) x \(columns) x \(tokens): row \
          \(index % rows), token \(index / rows): expected \(reference.values[index]), got \
          \(actual[index]), bound \(reference.bounds[index])
          """)
        return
      }
    }
  }
}
