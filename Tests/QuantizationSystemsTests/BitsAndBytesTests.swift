import QuantizationFormats
import QuantizationSystems
import Testing

@Suite("bitsandbytes: LLM.int8, NF4, FP4 and double quantization")
struct BitsAndBytesTests {
  @Test("NF4 and FP4 give the bytes of the worked example")
  func fourBitExample() {
    let padded = example + (32..<64).map { Float((37 * $0 + 11) % 101 - 50) / 16 }
    let nf4 = FourBitTensor(quantizing: padded, table: .nf4)
    #expect(nf4.bytes.prefix(16) == bytes("17e29f3b05d17e2af4c06d18e2a04c16")[...])
    #expect(nf4.maxima == .plain([3.125]))
    let expected: [Float] = [-2.175602, 0, 2.25924, -1.640853]
    for (value, other) in zip(nf4.dequantized, expected) { #expect(abs(value - other) < 1e-6) }
    let fp4 = FourBitTensor(quantizing: padded, table: .fp4)
    #expect(fp4.bytes.prefix(8) == bytes("a92d63c4be5a12d7")[...])
    let other: [Float] = [-2.083333, -0.016276, 2.083333, -1.5625]
    for (value, other) in zip(fp4.dequantized, other) { #expect(abs(value - other) < 1e-6) }
  }

  /// 301 blocks of 64 of different size, as the script that made the golden data has them.
  private var blocks: [Float] {
    Golden.numbers(301 * 64, 7919, 13, 1009, 128).enumerated().map {
      $1 * (1 + Float($0 / 64 * 29 % 31) / 32)
    }
  }

  @Test("4-bit codes and maxima are those of bitsandbytes", arguments: [true, false])
  func fourBitGolden(isNormal: Bool) throws {
    let golden = try Golden.load()
    let expected = isNormal ? golden.nf4 : golden.fp4
    let tensor = FourBitTensor(quantizing: blocks, table: isNormal ? .nf4 : .fp4)
    #expect(tensor.bytes == bytes(expected.codes))
    #expect(tensor.maxima == .plain(try #require(expected.absmax)))
    let sum = tensor.dequantized.reduce(0.0) { $0 + Double($1) }
    #expect(abs(sum - (try #require(expected.dequantizedSum))) < 1e-3)
  }

  @Test("The dynamic map is that of bitsandbytes")
  func dynamicMap() throws {
    let expected = try Golden.load().dynamicMap
    #expect(DynamicMap.values.count == 256)
    for (value, other) in zip(DynamicMap.values, expected) {
      #expect(abs(value - other) <= abs(other) * 0x1p-22)
    }
    for index in 0..<256 { #expect(DynamicMap.code(DynamicMap.values[index]) == UInt8(index)) }
  }

  @Test("Double quantization gives the codes, scales and offset of bitsandbytes")
  func doubleQuantization() throws {
    let expected = try Golden.load().nf4Dq
    let tensor = FourBitTensor(quantizing: blocks, table: .nf4, isDoubleQuantized: true)
    guard case .doubleQuantized(let codes, let scales, let offset) = tensor.maxima else {
      Issue.record("not double quantized")
      return
    }
    #expect(codes == bytes(try #require(expected.absmaxCodes)))
    let nested = try #require(expected.nestedAbsmax)
    #expect(scales.count == nested.count)
    for (scale, other) in zip(scales, nested) { #expect(abs(scale - other) < 1e-5) }
    #expect(abs(offset - (try #require(expected.offset))) < 1e-5)
  }

  @Test("Tensors of a checkpoint are read back, and wrong sizes are named")
  func checkpoint() throws {
    let tensor = FourBitTensor(quantizing: blocks, table: .nf4, isDoubleQuantized: true)
    let read = try FourBitTensor(
      count: tensor.count, table: .nf4, bytes: tensor.bytes, maxima: tensor.maxima)
    #expect(read == tensor)
    #expect(throws: PackingError.wrongCount(tensor: "codes", expected: 32, actual: 3)) {
      try FourBitTensor(count: 64, table: .nf4, bytes: [1, 2, 3], maxima: .plain([1]))
    }
  }

  @Test("LLM.int8 gives the integers and results of the worked example")
  func llmInt8Example() {
    let activations = Matrix(rows: 2, columns: 4, values: [0.5, -1, 20, 0.25, 1.5, 0.75, -7, -0.5])
    let weights = Matrix(
      rows: 2, columns: 4, values: [0.1, -0.2, 0.05, 0.4, -0.3, 0.25, 0.02, -0.1])
    let layer = LLMInt8(quantizing: weights)
    #expect(layer.codes == [32, -64, 16, 127, -127, 106, 8, -42])
    #expect(layer.maxima == [0.4, 0.3])
    let quantized = LLMInt8.Activations(quantizing: activations)
    #expect(quantized.outlierColumns == [2])
    #expect(quantized.codes == [64, -127, 0, 32, 127, 64, 0, -42])
    #expect(quantized.maxima == [1, 1.5])
    #expect(
      IntegerProduct.sums(quantized.codes, layer.codes, columns: 4)
        == [14240, -22934, -5366, -7581])
    let expected: [Float] = [1.36103, -0.04863, -0.55238, -0.3438]
    for (value, other) in zip(layer.product(activations).values, expected) {
      #expect(abs(value - other) < 2e-5)
    }
  }

  @Test("LLM.int8 codes, maxima and outlier columns are those of bitsandbytes")
  func llmInt8Golden() throws {
    let expected = try Golden.load().llmInt8
    let weights = Matrix(rows: 24, columns: 96, values: Golden.numbers(24 * 96, 577, 5, 997, 512))
    let layer = LLMInt8(quantizing: weights)
    #expect(layer.codes == bytes(expected.weightCodes).map { Int8(bitPattern: $0) })
    #expect(layer.maxima == expected.weightMaxima)
    var activations = Matrix(
      rows: 5, columns: 96, values: Golden.numbers(5 * 96, 331, 3, 499, 64))
    for token in 0..<5 { activations[token, 17] *= 4 }
    let quantized = LLMInt8.Activations(quantizing: activations)
    #expect(quantized.outlierColumns == expected.outlierColumns)
    #expect(quantized.codes == bytes(expected.activationCodes).map { Int8(bitPattern: $0) })
    #expect(quantized.maxima == expected.activationMaxima)
  }

  @Test("Outliers cost plain int8 its accuracy, and LLM.int8 nothing")
  func outliers() {
    let layer = SyntheticLayer(outputs: 48, inputs: 256, tokens: 24, kind: .outliers)
    let exact = layer.activations.product(with: layer.weights)
    let plain = W8A8Layer(quantizing: layer.weights, activations: .perToken)
      .product(layer.activations).relativeError(to: exact)
    let half = LLMInt8(quantizing: layer.weights, keepsHalfWeights: true)
      .product(layer.activations).relativeError(to: exact)
    let dequantized = LLMInt8(quantizing: layer.weights)
      .product(layer.activations).relativeError(to: exact)
    #expect(half < plain / 3)
    #expect(half < dequantized && dequantized < plain)
  }
}
