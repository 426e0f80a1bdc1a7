import CKernels
import Kernels
import QuantizationFormats
import Testing

@Suite("Products of quantized matrices")
struct KernelProductTests {
  struct Shape: CustomTestStringConvertible {
    let rows: Int
    let blocks: Int
    let tokens: Int

    var testDescription: String { "\(rows) rows, \(blocks) blocks, \(tokens) tokens" }
  }

  /// Tails of rows and tokens, prime numbers of blocks, more than a chunk (16 blocks) and more than
  /// a group (256 tokens).
  static let shapes = [
    (1, 1, 1), (15, 2, 2), (16, 3, 3), (17, 5, 5), (33, 7, 8), (64, 1, 9), (16, 31, 4), (17, 37, 1),
    (15, 67, 16), (16, 37, 17), (33, 33, 33), (1, 64, 6), (17, 1, 257), (5, 3, 273), (3, 2, 530),
  ].map { Shape(rows: $0.0, blocks: $0.1, tokens: $0.2) }

  @Test(
    "Every kernel agrees with double precision within the rounding of its own operations",
    arguments: KernelRegistry.blockFormats, shapes)
  func product(_ format: StorageFormat, _ shape: Shape) throws {
    let codec = try #require(format.codec as? any IntegerBlockCodec)
    let perBlock = codec.weightsPerBlock
    let columns = (shape.blocks * 32 + perBlock - 1) / perBlock * perBlock
    var random = SplitMix64(seed: UInt64(shape.rows * 1000 + shape.tokens))
    let weights = (0..<shape.rows * columns).map { _ in random.normal() }
    let activations = (0..<shape.tokens * columns).map { _ in random.normal() }
    let bytes = try codec.quantizeRow(weights)
    try check(format, bytes, activations, rows: shape.rows, columns: columns, codec: codec)
  }

  @Test(
    "Zeros, outliers, extremes and tiny scales are multiplied correctly",
    arguments: KernelRegistry.blockFormats, AdversarialBlock.allCases)
  func adversarial(_ format: StorageFormat, _ kind: AdversarialBlock) throws {
    let codec = try #require(format.codec as? any IntegerBlockCodec)
    let columns = 2 * codec.weightsPerBlock
    var random = SplitMix64(seed: 5)
    let bytes = try codec.quantizeRow(kind.numbers(17 * columns, largest: 1, using: &random))
    for other in AdversarialBlock.allCases {
      let activations = other.numbers(3 * columns, largest: 3, using: &random)
      try check(format, bytes, activations, rows: 17, columns: columns, codec: codec)
    }
  }

  @Test(
    "Integer sums are exact, even where every product is as large as it gets",
    arguments: KernelRegistry.blockFormats)
  func exactSums(_ format: StorageFormat) throws {
    let codec = try #require(format.codec as? any IntegerBlockCodec)
    let columns = 2 * codec.weightsPerBlock
    let rows = 16
    var random = SplitMix64(seed: 11)
    let blocks = rows * 2
    var bytes: [UInt8] = []
    for index in 0..<blocks {
      bytes += UnitScaleBlock.bytes(of: codec, index: index, using: &random)
    }
    // 127 in every block makes the scale 1; the rest are the extremes and random codes.
    let activations = (0..<5 * columns).map { index -> Float in
      if index.isMultiple(of: 32) { return 127 }
      if index < 2 * columns { return index < columns ? 127 : -127 }
      return Float(Int.random(in: -127...127, using: &random))
    }
    let reference = ReferenceProduct(
      .init(bytes, rows: rows, columns: columns, codec: codec),
      quantized(activations, columns: columns, for: format), tokens: 5)
    for kernel in runnableKernels(for: format) {
      let actual = GuardedProduct(kernel: kernel, rows: rows, columns: columns, tokens: 5)
        .run(bytes, activations)
      #expect(actual.map(Double.init) == reference.values, "\(String(cString: kernel.isa))")
    }
  }

  private func check(
    _ format: StorageFormat, _ bytes: [UInt8], _ activations: [Float], rows: Int, columns: Int,
    codec: any IntegerBlockCodec
  ) throws {
    let tokens = activations.count / columns
    let reference = ReferenceProduct(
      .init(bytes, rows: rows, columns: columns, codec: codec),
      quantized(activations, columns: columns, for: format), tokens: tokens)
    let kernels = runnableKernels(for: format)
    try #require(!kernels.isEmpty)
    for kernel in kernels {
      let actual = GuardedProduct(kernel: kernel, rows: rows, columns: columns, tokens: tokens)
        .run(bytes, activations)
      let bounds = reference.bounds(for: kernel)
      for index in actual.indices
      where !agrees(actual[index], reference.values[index], within: bounds[index]) {
        Issue.record(
          """
          \(format.id) on \(String(cString: kernel.isa)), \(rows) x \(columns) x \(tokens): row \
          \(index % rows), token \(index / rows): expected \(reference.values[index]), got \
          \(actual[index]), bound \(bounds[index])
          """)
        return
      }
    }
  }
}
