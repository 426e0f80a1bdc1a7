import QuantizationFormats
import Testing

@Suite("Blocks made by ggml")
struct GGMLVectorTests {
  @Test("The file has all 18 formats and three kinds of activations")
  func completeness() {
    #expect(GGMLVector.all.count == 18)
    #expect(GGMLVector.activationBlocks.map(\.id) == ["q8_0", "q8_1", "q8_k"])
  }

  @Test("Packing gives ggml's bytes", arguments: GGMLVector.all)
  func bytes(vector: GGMLVector) throws {
    let codec = try #require(vector.format.codec)
    let row = try codec.quantizeRow(GGMLVector.weights)
    #expect(Array(row.prefix(codec.bytesPerBlock)) == vector.block)
  }

  @Test("Packing activations gives ggml's bytes")
  func activationBytes() throws {
    for (id, block) in GGMLVector.activationBlocks {
      let codec = try #require(GGMLType(name: id)?.format.codec)
      let row = try codec.quantizeRow(GGMLVector.activations)
      #expect(Array(row.prefix(codec.bytesPerBlock)) == block, "\(id)")
    }
  }

  @Test("Unpacking gives ggml's weights and error", arguments: GGMLVector.all)
  func weights(vector: GGMLVector) throws {
    let codec = try #require(vector.format.codec)
    let weights = try codec.dequantizeRow(vector.block)
    #expect(vector.dequantized.count == 8)
    for (weight, expected) in zip(weights, vector.dequantized) {
      #expect(abs(weight - expected) <= 5e-6 * abs(expected))
    }
    let squares = zip(weights, GGMLVector.weights).map { Double($0 - $1) * Double($0 - $1) }
    let error = (squares.reduce(0, +) / Double(squares.count)).squareRoot()
    #expect(abs(error - vector.error) <= 1e-6)
  }

  @Test("The dot product is ggml's", arguments: GGMLVector.all)
  func dotProducts(vector: GGMLVector) throws {
    let dot = try #require(BlockDot(weights: vector.format))
    let product = try dot(
      dot.weights.quantizeRow(Array(GGMLVector.weights.prefix(vector.count))),
      dot.activations.quantizeRow(Array(GGMLVector.activations.prefix(vector.count))))
    #expect(abs(product - vector.dot) <= 1e-5 * abs(vector.dot))
  }
}
