import QuantizationFormats
import Testing

@Suite("Dot products of blocks")
struct BlockDotTests {
  static let formats = BlockCodecs.weights.map(\.format).filter { $0.activationPartner != nil }

  @Test("Activations are packed as ggml packs them")
  func partners() {
    for format in [StorageFormat.q1_0, .q2_0, .q4_0, .q5_0, .q8_0, .iq4_nl, .mxfp4, .nvfp4] {
      #expect(format.activationPartner == .q8_0)
    }
    for format in [StorageFormat.q4_1, .q5_1] { #expect(format.activationPartner == .q8_1) }
    for format in [
      StorageFormat.q2_k, .q3_k, .q4_k, .q5_k, .q6_k, .iq4_xs, .tq1_0, .tq2_0, .iq2_xxs,
    ] {
      #expect(format.activationPartner == .q8_k)
    }
    for format in [StorageFormat.f32, .f16, .bf16, .q8_1, .q8_k, .nf4] {
      #expect(format.activationPartner == nil)
      #expect(BlockDot(weights: format) == nil)
    }
  }

  @Test("The product is that of the unpacked rows", arguments: formats.map(\.id))
  func unpackedProduct(id: String) throws {
    let format = try #require(GGMLType(name: id)?.format)
    let dot = try #require(BlockDot(weights: format))
    let weights = try dot.weights.quantizeRow((0..<1024).map(AdversarialBlock.noise))
    let activations = try dot.activations.quantizeRow(
      (0..<1024).map { AdversarialBlock.noise($0 + 5000) * 3 })
    let pairs = zip(
      try dot.weights.dequantizeRow(weights), try dot.activations.dequantizeRow(activations))
    let products = pairs.map { Double($0) * Double($1) }
    // Unpacked numbers are rounded to binary32. Q8_1 also rounds each block's sum to binary16,
    // and that sum uses the scale before it is rounded.
    let precision = dot.activations.format == .q8_1 ? 0x1p-9 : 0x1p-22
    let bound = precision * products.map(abs).reduce(0, +)
    #expect(abs(try dot(weights, activations) - products.reduce(0, +)) <= bound)
  }

  @Test("Rows of unequal length are errors")
  func errors() throws {
    let dot = try #require(BlockDot(weights: .q4_0))
    #expect(throws: CodecError.byteCount(format: "q8_0", expected: 34, actual: 68)) {
      try dot([UInt8](repeating: 0, count: 18), [UInt8](repeating: 0, count: 68))
    }
    #expect(throws: CodecError.byteCount(format: "q4_0", expected: 18, actual: 20)) {
      try dot([UInt8](repeating: 0, count: 20), [UInt8](repeating: 0, count: 34))
    }
  }
}
