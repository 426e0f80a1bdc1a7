import Kernels
import QuantizationFormats
import Testing

@Suite("Multiplying matrices")
struct MultiplierTests {
  private static func numbers(_ count: Int, seed: UInt64) -> [Float] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in random.normal() }
  }

  @Test("A product agrees with double precision", arguments: KernelRegistry.blockFormats)
  func product(_ format: StorageFormat) throws {
    let codec = try #require(format.codec as? any IntegerBlockCodec)
    let (rows, columns, tokens) = (35, 2 * codec.weightsPerBlock, 19)
    let weights = Self.numbers(rows * columns, seed: 1)
    let activations = Self.numbers(tokens * columns, seed: 2)
    let matrix = try QuantizedMatrix(
      quantizing: weights, rows: rows, columns: columns, format: format)
    let actual = try matrix.multiply(activations, tokens: tokens)
    let reference = ReferenceProduct(
      .init(try codec.quantizeRow(weights), rows: rows, columns: columns, codec: codec),
      quantized(activations, columns: columns, for: format), tokens: tokens)
    for index in actual.indices {
      #expect(agrees(actual[index], reference.values[index], within: reference.magicBounds[index]))
    }
  }

  @Test("Any number of threads gives the same bits", arguments: KernelRegistry.runnable())
  func threads(_ kernel: Kernel) throws {
    let format = try #require(KernelRegistry.formats.first { $0.id == kernel.weightFormatID })
    let (rows, columns, tokens) = (83, 1024, 21)
    let matrix = try QuantizedMatrix(
      quantizing: Self.numbers(rows * columns, seed: 3), rows: rows, columns: columns,
      format: format)
    let activations = Self.numbers(tokens * columns, seed: 4)
    var expected: [Float] = []
    try Multiplier().multiply(matrix, activations, tokens: tokens, into: &expected, using: kernel)
    for threads in [2, 3, 5, 8] {
      var actual: [Float] = []
      try Multiplier(pool: ThreadPool(threads: threads))
        .multiply(matrix, activations, tokens: tokens, into: &actual, using: kernel)
      #expect(actual.map(\.bitPattern) == expected.map(\.bitPattern), "\(threads) threads")
    }
  }

  @Test(
    "A token's result does not depend on the tokens beside it", arguments: KernelRegistry.runnable()
  )
  func batches(_ kernel: Kernel) throws {
    let format = try #require(KernelRegistry.formats.first { $0.id == kernel.weightFormatID })
    let (rows, columns, tokens) = (18, 768, 37)
    let matrix = try QuantizedMatrix(
      quantizing: Self.numbers(rows * columns, seed: 5), rows: rows, columns: columns,
      format: format)
    let activations = Self.numbers(tokens * columns, seed: 6)
    let multiplier = Multiplier()
    var all: [Float] = []
    try multiplier.multiply(matrix, activations, tokens: tokens, into: &all, using: kernel)
    for token in 0..<tokens {
      var alone: [Float] = []
      let input = Array(activations[token * columns..<(token + 1) * columns])
      try multiplier.multiply(matrix, input, tokens: 1, into: &alone, using: kernel)
      #expect(alone.map(\.bitPattern) == all[token * rows..<(token + 1) * rows].map(\.bitPattern))
    }
  }

  @Test(
    "A NaN or an infinity makes its token NaN and leaves the others alone",
    arguments: KernelRegistry.integerKernels, [Float.nan, .infinity, -.infinity])
  func notFinite(_ kernel: Kernel, _ value: Float) throws {
    let format = try #require(KernelRegistry.formats.first { $0.id == kernel.weightFormatID })
    let (rows, columns, tokens) = (17, 256, 3)
    let matrix = try QuantizedMatrix(
      quantizing: Self.numbers(rows * columns, seed: 7), rows: rows, columns: columns,
      format: format)
    var activations = Self.numbers(tokens * columns, seed: 8)
    activations[columns + 40] = value
    var result: [Float] = []
    try Multiplier().multiply(matrix, activations, tokens: tokens, into: &result, using: kernel)
    for index in result.indices { #expect(result[index].isNaN == (index / rows == 1)) }
  }

  @Test("Wrong sizes throw")
  func wrongSizes() throws {
    #expect(throws: MatrixError.wrongCount(of: "bytes of the blocks", expected: 36, actual: 35)) {
      let short = [UInt8](repeating: 0, count: 35)
      _ = try QuantizedMatrix(rows: 2, columns: 32, format: .q4_0, bytes: short)
    }
    #expect(throws: MatrixError.partialBlock(columns: 33, weightsPerBlock: 32)) {
      try QuantizedMatrix(rows: 2, columns: 33, format: .q4_0, bytes: [])
    }
    #expect(throws: MatrixError.empty(rows: 0, columns: 32, tokens: 1)) {
      try QuantizedMatrix(rows: 0, columns: 32, format: .q4_0, bytes: [])
    }
    #expect(throws: MatrixError.empty(rows: 2, columns: -32, tokens: 1)) {
      try QuantizedMatrix(rows: 2, columns: -32, format: .q4_0, bytes: [])
    }
    #expect(throws: MatrixError.noKernel(format: "q8_k")) {
      try QuantizedMatrix(rows: 1, columns: 256, format: .q8_k, bytes: [])
    }
    #expect(throws: MatrixError.tooLarge(rows: .max, columns: 32)) {
      try QuantizedMatrix(rows: .max, columns: 32, format: .q4_0, bytes: [])
    }
    #expect(throws: MatrixError.wrongCount(of: "weights", expected: 64, actual: 3)) {
      try QuantizedMatrix(quantizing: [1, 2, 3], rows: 2, columns: 32, format: .q4_0)
    }
  }

  @Test("Wrong activations and foreign kernels throw")
  func wrongProducts() throws {
    let matrix = try QuantizedMatrix(
      quantizing: [Float](repeating: 1, count: 64), rows: 2, columns: 32, format: .q4_0)
    #expect(throws: MatrixError.wrongCount(of: "activations", expected: 64, actual: 63)) {
      try matrix.multiply([Float](repeating: 1, count: 63), tokens: 2)
    }
    #expect(throws: MatrixError.empty(rows: 2, columns: 32, tokens: 0)) {
      try matrix.multiply([], tokens: 0)
    }
    let foreign = try #require(KernelRegistry.best(for: .q8_0, on: []))
    #expect(throws: MatrixError.wrongKernel(foreign.id, format: "q4_0")) {
      var result: [Float] = []
      try Multiplier().multiply(
        matrix, [Float](repeating: 1, count: 32), tokens: 1, into: &result, using: foreign)
    }
  }

  @Test(
    "A multiplier with a lower level refuses kernels above it",
    .enabled(if: ISA.allowed.contains(.avx2), "the host lacks avx2, or RIDGELINE_ISA forbids it"))
  func forbidden() throws {
    let matrix = try QuantizedMatrix(
      quantizing: [Float](repeating: 1, count: 32), rows: 1, columns: 32, format: .q4_0)
    let kernel = try #require(KernelRegistry.best(for: .q4_0, on: [.avx2]))
    #expect(throws: MatrixError.wrongKernel(kernel.id, format: "q4_0")) {
      var result: [Float] = []
      try Multiplier(isa: []).multiply(
        matrix, [Float](repeating: 1, count: 32), tokens: 1, into: &result, using: kernel)
    }
  }
}
