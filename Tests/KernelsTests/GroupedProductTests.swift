import CKernels
import Kernels
import QuantizationFormats
import Testing

@Suite("Products of groups: integers with zero points, tables of floats")
struct GroupedProductTests {
  struct Shape: CustomTestStringConvertible {
    let rows: Int
    let groups: Int
    let tokens: Int

    var testDescription: String { "\(rows) rows, \(groups) groups, \(tokens) tokens" }
  }

  /// Tails of rows and tokens; groups beyond one chunk (32 of integers, 16 of tables); more tokens
  /// than a batch of tiles.
  static let shapes = [
    (1, 1, 1), (15, 2, 2), (16, 3, 3), (17, 1, 5), (33, 2, 12), (47, 5, 13), (16, 17, 4),
    (33, 33, 25), (5, 35, 7), (2, 2, 300),
  ].map { Shape(rows: $0.0, groups: $0.1, tokens: $0.2) }

  @Test(
    "Every kernel agrees with double precision within the rounding of its own operations",
    arguments: KernelRegistry.groupedFormats, shapes)
  func product(_ format: StorageFormat, _ shape: Shape) throws {
    var random = SplitMix64(seed: UInt64(shape.rows * 1000 + shape.tokens))
    let columns = shape.groups * format.weightsPerRowUnit
    let weights = (0..<shape.rows * columns).map { _ in random.normal() }
    let activations = (0..<shape.tokens * columns).map { _ in random.normal() }
    let bytes = try #require(format.packRows(weights, columns: columns))
    let reference = try GroupedReference(
      format, bytes, rows: shape.rows, activations, tokens: shape.tokens)
    let kernels = runnableKernels(for: format)
    try #require(!kernels.isEmpty)
    for kernel in kernels {
      let actual = GuardedProduct(
        kernel: kernel, rows: shape.rows, columns: columns, tokens: shape.tokens
      ).run(bytes, activations)
      let wrong = actual.indices.filter {
        !agrees(actual[$0], reference.values[$0], within: reference.bounds[$0])
      }
      if let first = wrong.first {
        Issue.record(
          """
          \(format.id) on \(String(cString: kernel.isa)): \(wrong.count) differ; row \
          \(first % shape.rows), token \(first / shape.rows): expected \
          \(reference.values[first]), got \(actual[first]), bound \(reference.bounds[first])
          """)
      }
    }
  }

  @Test("Integer sums are exact for every code and zero point", arguments: [4, 3, 2])
  func exactSums(bits: Int) throws {
    let format = StorageFormat.integer(bits: bits, group: 128)
    let (rows, groups, tokens) = (34, 3, 14)
    var random = SplitMix64(seed: UInt64(bits))
    var parts: [CodeGroup] = []
    for index in 0..<rows * groups {
      parts.append(
        CodeGroup(
          codes: (0..<128).map { _ in UInt8.random(in: 0..<(1 << UInt8(bits)), using: &random) },
          scale: 1, zero: UInt8(index % 16)))
    }
    var bytes: [UInt8] = []
    for part in parts { part.append(to: &bytes, bits: bits) }
    let columns = groups * 128
    let activations = (0..<tokens * columns).map { index in
      index.isMultiple(of: columns) ? 127 : Float(Int.random(in: -127...127, using: &random))
    }
    var expected: [Float] = []
    for token in 0..<tokens {
      for row in 0..<rows {
        var sum = 0
        for column in 0..<columns {
          let part = parts[row * groups + column / 128]
          let weight = Int(part.codes[column % 128]) - Int(part.zero)
          sum += weight * Int(activations[token * columns + column])
        }
        expected.append(Float(sum))
      }
    }
    for kernel in runnableKernels(for: format) {
      let actual = GuardedProduct(kernel: kernel, rows: rows, columns: columns, tokens: tokens)
        .run(bytes, activations)
      #expect(actual == expected, "\(String(cString: kernel.isa))")
    }
  }

  @Test("Rows that are not whole groups are refused")
  func partialGroups() {
    #expect(throws: MatrixError.partialBlock(columns: 192, weightsPerBlock: 128)) {
      try QuantizedMatrix(
        quantizing: [Float](repeating: 1, count: 192), rows: 1, columns: 192,
        format: .integer(bits: 4, group: 128))
    }
  }
}

/// C[m,n] = A[m,k] * B[k,n] in double precision from what rows of groups stand for.
private struct GroupedReference {
  private(set) var values: [Double] = []
  private(set) var bounds: [Double] = []

  init(
    _ format: StorageFormat, _ bytes: [UInt8], rows: Int, _ input: [Float], tokens: Int
  ) throws {
    let columns = input.count / tokens
    let weights = try #require(format.unpackRows(bytes, columns: columns)).map(Double.init)
    let isTable = format.fourBitTable != nil
    let quantized = QuantizedActivations(input, columns: columns, segment: columns)
    let x = input.indices.map { index in
      isTable
        ? Double(input[index]) : Double(quantized.codes[index]) * Double(quantized.scales[index])
    }
    // Integers round the scale of each group's sum, the sum of groups and the token's scale; tables
    // round every product and sum.
    let groups = columns / format.weightsPerRowUnit
    let operations = isTable ? 2 * 64 + 2 * groups + 2 : 2 * groups + 6
    for token in 0..<tokens {
      for row in 0..<rows {
        var (sum, magnitude) = (0.0, 0.0)
        for column in 0..<columns {
          let term = weights[row * columns + column] * x[token * columns + column]
          sum += term
          magnitude += abs(term)
        }
        values.append(sum)
        bounds.append(gamma(operations) * magnitude + Double(columns) * 0x1p-149)
      }
    }
  }
}
