import Kernels
import QuantizationFormats
import QuantizationSystems
import Testing

@Suite("Products of rows and tokens with zero points, and of fixed ranges")
struct ChannelProductTests {
  private static let shapes = [(1, 16, 1), (17, 48, 3), (33, 128, 13), (20, 4112, 5), (3, 32, 300)]
    .map { RowProductTests.Shape(rows: $0.0, columns: $0.1, tokens: $0.2) }

  private static func numbers(
    _ count: Int, seed: Int, size: Float = 1, mean: Float = 0
  ) -> [Float] {
    var random = SplitMix64(seed: UInt64(seed))
    return (0..<count).map { _ in mean + size * random.normal() }
  }

  private func products(
    of matrix: QuantizedMatrix, _ x: [Float], tokens: Int
  ) throws -> [(isa: String, values: [Float])] {
    try KernelRegistry.runnable().filter { $0.weightFormatID == matrix.format.id }.map { kernel in
      var result: [Float] = []
      try Multiplier(pool: ThreadPool(threads: 2))
        .multiply(matrix, x, tokens: tokens, into: &result, using: kernel)
      return (kernel.isa, result)
    }
  }

  @Test("W4A4 and W6A6 have the bits of the reference", arguments: shapes, [4, 6])
  func omniquant(_ shape: RowProductTests.Shape, bits: Int) throws {
    let weights = Matrix(
      rows: shape.rows, columns: shape.columns,
      values: Self.numbers(shape.rows * shape.columns, seed: bits, mean: 0.3))
    let codes = GroupedCodes(rounding: weights, bits: bits, group: shape.columns) {
      AffineGrid(clipping: $0, bits: bits, by: (0.9, 0.8)).withHalfScale
    }
    let x = Matrix(
      rows: shape.tokens, columns: shape.columns,
      values: Self.numbers(shape.tokens * shape.columns, seed: 9, size: 3, mean: 1))
    let expected = TokenCodes(quantizing: x, bits: bits).product(with: codes).values
    let (format, bytes) = try codes.kernelChannels()
    let matrix = try QuantizedMatrix(
      rows: shape.rows, columns: shape.columns, format: format, bytes: bytes)
    for product in try products(of: matrix, x.values, tokens: shape.tokens) {
      #expect(product.values == expected, "\(product.isa)")
    }
    #expect(format.unpackRows(bytes, columns: shape.columns) == codes.dequantized.values)
  }

  @Test(
    "INC's u8 x s8 has the bits of the reference, clipped activations included", arguments: shapes)
  func u8s8(_ shape: RowProductTests.Shape) throws {
    let weights = Matrix(
      rows: shape.rows, columns: shape.columns,
      values: Self.numbers(shape.rows * shape.columns, seed: 5))
    let layer = U8S8Layer(quantizing: weights, activationsIn: -1.5...4)
    let x = Self.numbers(shape.tokens * shape.columns, seed: 6, size: 3)
    var matrix = try QuantizedMatrix(
      rows: shape.rows, columns: shape.columns, format: .int8RowSum, bytes: layer.kernelRows)
    matrix.activationRange = .grid(scale: layer.activationScale, zero: layer.activationZero)
    let expected = layer.product(
      Matrix(rows: shape.tokens, columns: shape.columns, values: x)
    ).values
    for product in try products(of: matrix, x, tokens: shape.tokens) {
      #expect(product.values == expected, "\(product.isa)")
    }
  }

  @Test(
    "SmoothQuant's levels agree with the reference to the last bits", arguments: shapes,
    [W8A8Layer.Activations.perToken, .perTensor, .fixed(maximum: 2)])
  func smoothQuant(
    _ shape: RowProductTests.Shape, _ activations: W8A8Layer.Activations
  ) throws {
    let layer = W8A8Layer(
      quantizing: Matrix(
        rows: shape.rows, columns: shape.columns,
        values: Self.numbers(shape.rows * shape.columns, seed: 7)), activations: activations)
    let x = Self.numbers(shape.tokens * shape.columns, seed: 8, size: 2)
    var matrix = try QuantizedMatrix(
      rows: shape.rows, columns: shape.columns, format: .int8RowMaximum, bytes: layer.kernelRows)
    switch activations {
    case .perToken: break
    case .perTensor: matrix.activationRange = .perTensor
    case .fixed(let maximum): matrix.activationRange = .fixed(maximum: maximum)
    }
    let expected = layer.product(
      Matrix(rows: shape.tokens, columns: shape.columns, values: x)
    ).values
    for product in try products(of: matrix, x, tokens: shape.tokens) {
      for (actual, value) in zip(product.values, expected)
      where abs(actual - value) > Float(gamma(8)) * abs(value) {
        Issue.record("\(product.isa): \(actual), expected \(value)")
      }
    }
  }

  @Test("A number that is none makes its token NaN, also in a fixed range")
  func notFinite() throws {
    for (format, range) in [
      (StorageFormat.int8RowMaximum, ActivationRange.fixed(maximum: 3)),
      (.int8RowSum, .grid(scale: 0.1, zero: 7)),
      (.integerPerChannel(bits: 4, zeroBits: 16), .perToken),
    ] {
      var matrix = try QuantizedMatrix(
        quantizing: Self.numbers(20 * 64, seed: 1), rows: 20, columns: 64, format: format)
      matrix.activationRange = range
      var x = Self.numbers(3 * 64, seed: 2)
      x[64 + 5] = .infinity
      for product in try products(of: matrix, x, tokens: 3) {
        let broken = product.values.indices.filter { !product.values[$0].isFinite }
        #expect(broken == Array(20..<40), "\(product.isa)")
        #expect(product.values[20..<40].filter { !$0.isNaN }.isEmpty, "\(product.isa)")
      }
    }
  }

  @Test("Rows that are not whole words are refused")
  func partialWords() {
    #expect(throws: MatrixError.partialBlock(columns: 24, weightsPerBlock: 16)) {
      try QuantizedMatrix(
        quantizing: [Float](repeating: 1, count: 24), rows: 1, columns: 24,
        format: .integerPerChannel(bits: 4, zeroBits: 16))
    }
  }
}
