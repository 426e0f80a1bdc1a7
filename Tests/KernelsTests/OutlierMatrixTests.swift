import Kernels
import QuantizationFormats
import QuantizationSystems
import Testing

@Suite("LLM.int8(): outlying columns apart")
struct OutlierMatrixTests {
  static let shapes = [
    (1, 1, 1), (17, 40, 3), (33, 128, 5), (16, 4200, 2), (49, 70, 30), (5, 300, 300),
  ].map { RowProductTests.Shape(rows: $0.0, columns: $0.1, tokens: $0.2) }

  /// Normal numbers; one column in 13 reaches the threshold in some tokens.
  private static func layer(_ shape: RowProductTests.Shape) -> (weights: [Float], x: [Float]) {
    var random = SplitMix64(seed: UInt64(shape.rows + shape.tokens))
    let weights = (0..<shape.rows * shape.columns).map { _ in random.normal() }
    let x = (0..<shape.tokens * shape.columns).map { index in
      random.normal() * ((index % shape.columns) % 13 == 5 ? 9 : 1)
    }
    return (weights, x)
  }

  @Test(
    "A product agrees with the reference: the same columns and integer sums, floats within rounding",
    arguments: shapes, OutlierMatrix.OutlierWeights.allCases)
  func reference(_ shape: RowProductTests.Shape, _ kind: OutlierMatrix.OutlierWeights) throws {
    let (weights, x) = Self.layer(shape)
    let matrix = try OutlierMatrix(
      quantizing: weights, rows: shape.rows, columns: shape.columns, outlierWeights: kind)
    let layer = LLMInt8(
      quantizing: Matrix(rows: shape.rows, columns: shape.columns, values: weights),
      keepsHalfWeights: kind == .half)
    let input = Matrix(rows: shape.tokens, columns: shape.columns, values: x)
    let codes = LLMInt8.Activations(quantizing: input)
    let sums = IntegerProduct.sums(codes.codes, layer.codes, columns: shape.columns)
    let half = { (value: Float) in Double(Binary16.decode(Binary16.encode(value))) }
    for level in ISA.levels where ISA.allowed.isSuperset(of: level.isa) {
      var result: [Float] = []
      for threads in [1, 3] {
        try Multiplier(pool: ThreadPool(threads: threads), isa: level.isa)
          .multiply(matrix, x, tokens: shape.tokens, into: &result)
        for (index, value) in result.enumerated() {
          let (token, row) = index.quotientAndRemainder(dividingBy: shape.rows)
          let inner =
            Double(sums[index]) * Double(codes.maxima[token]) * Double(layer.maxima[row]) / 16129
          var (outer, magnitude) = (0.0, 0.0)
          for column in codes.outlierColumns {
            let weight =
              kind == .half
              ? half(weights[row * shape.columns + column])
              : Double(layer.codes[row * shape.columns + column]) * Double(layer.maxima[row]) / 127
            let term = half(x[token * shape.columns + column]) * weight
            outer += term
            magnitude += abs(term)
          }
          let bound =
            gamma(6) * abs(inner)
            + gamma(2 * codes.outlierColumns.count + 3) * (magnitude + abs(inner))
          #expect(
            agrees(value, inner + outer, within: bound + 1e-30), "\(level.name), \(threads)")
        }
      }
    }
  }

  @Test("Integers with a scale of 1 come out exactly, outliers included")
  func exact() throws {
    let (rows, columns, tokens) = (34, 520, 15)
    var random = SplitMix64(seed: 3)
    var weights = (0..<rows * columns).map { _ in Float(Int.random(in: -127...127, using: &random))
    }
    var x = (0..<tokens * columns).map { _ in Float(Int.random(in: -127...127, using: &random)) }
    for row in 0..<rows { weights[row * columns + row] = 127 }
    for token in 0..<tokens {
      x[token * columns + 1] = -127
      // From 128 on is an outlier; in this column only some tokens have one.
      x[token * columns + 100] = token.isMultiple(of: 2) ? 1500 : 17
      x[token * columns + 7 * token + 3] = -2000
    }
    let expected = (0..<tokens * rows).map { index -> Float in
      let (token, row) = index.quotientAndRemainder(dividingBy: rows)
      var sum = 0
      for k in 0..<columns {
        sum += Int(weights[row * columns + k]) * Int(x[token * columns + k])
      }
      return Float(sum)
    }
    for kind in OutlierMatrix.OutlierWeights.allCases {
      let matrix = try OutlierMatrix(
        quantizing: weights, rows: rows, columns: columns, outlierWeights: kind, threshold: 128)
      for level in ISA.levels where ISA.allowed.isSuperset(of: level.isa) {
        var result: [Float] = []
        try Multiplier(isa: level.isa).multiply(matrix, x, tokens: tokens, into: &result)
        #expect(result == expected, "\(level.name)")
      }
    }
  }

  @Test("A token has the same bits alone, if its neighbours have no outliers")
  func alone() throws {
    let shape = RowProductTests.Shape(rows: 20, columns: 96, tokens: 9)
    let (weights, _) = Self.layer(shape)
    let matrix = try OutlierMatrix(quantizing: weights, rows: 20, columns: 96)
    var x = [Float](repeating: 0.5, count: 9 * 96)
    x[4 * 96 + 11] = 30
    let together = try matrix.multiply(x, tokens: 9)
    let single = try matrix.multiply(Array(x[4 * 96..<5 * 96]), tokens: 1)
    #expect(Array(together[4 * 20..<5 * 20]) == single)
  }

  @Test("NaN makes its token NaN; infinity is an outlier of its token")
  func notFinite() throws {
    let matrix = try OutlierMatrix(
      quantizing: [Float](repeating: 0.5, count: 17 * 64), rows: 17, columns: 64)
    var x = [Float](repeating: 1, count: 3 * 64)
    x[5] = .nan
    x[64 + 9] = .infinity
    let result = try matrix.multiply(x, tokens: 3)
    #expect(result.prefix(17).filter { !$0.isNaN }.isEmpty)
    #expect(Array(result[17..<34]) == [Float](repeating: .infinity, count: 17))
    #expect(result.suffix(17).filter { abs($0 - 32) > 0.1 }.isEmpty)
  }

  @Test("Weights of another format are refused")
  func otherFormat() throws {
    let matrix = try QuantizedMatrix(
      quantizing: [Float](repeating: 1, count: 64), rows: 2, columns: 32, format: .q8_0)
    #expect(throws: MatrixError.wrongKernel("llm-int8", format: "q8_0")) {
      try OutlierMatrix(matrix)
    }
  }
}
