import QuantizationFormats
import Testing

/// Where ggml's structs have their members.
@Suite("Places inside blocks")
struct BlockPlacementTests {
  @Test("Fields begin where ggml's structs have them")
  func offsets() {
    let structs: [(StorageFormat, [Int])] = [
      (.q4_0, [0, 2]), (.q4_1, [0, 2, 4]), (.q5_0, [0, 2, 6]), (.q5_1, [0, 2, 4, 8]),
      (.q8_0, [0, 2]), (.q8_1, [0, 2, 4]), (.iq4_nl, [0, 2]), (.mxfp4, [0, 1]),
      (.nvfp4, [0, 4]), (.q1_0, [0, 2]), (.q2_0, [0, 2]), (.q2_k, [0, 16, 80, 82]),
      (.q3_k, [0, 32, 96, 108]), (.q4_k, [0, 2, 4, 16]), (.q5_k, [0, 2, 4, 16, 48]),
      (.q6_k, [0, 128, 192, 208]), (.q8_k, [0, 4, 260]), (.iq4_xs, [0, 2, 4, 8]),
      (.tq1_0, [0, 48, 52]), (.tq2_0, [0, 64]),
    ]
    for (format, offsets) in structs {
      #expect(format.layout.fields.map { format.layout.byteOffset(of: $0.name) } == offsets)
    }
  }

  @Test("A weight depends on the bits of its own code and its segment's scales alone")
  func independence() throws {
    for codec in BlockCodecs.all.compactMap({ $0 as? any IntegerBlockCodec }) {
      let layout = codec.format.layout
      var block = try codec.quantizeRow(AdversarialBlock.ordinary[13].weights(256))
      block = Array(block.prefix(codec.bytesPerBlock))
      let before = codes(codec, block)
      let expected =
        switch codec.format {
        case .tq1_0: 0...5  // A byte is one number for five weights.
        case .mxfp4, .nvfp4: 0...1  // Zero has two codes.
        default: 1...1
        }
      for field in layout.fields where ["qs", "ql", "qh", "hmask"].contains(field.name) {
        let start = layout.byteOffset(of: field.name)
        for bit in 0..<field.bits {
          var changed = block
          changed[start + bit / 8] ^= 1 << (bit % 8)
          let count = zip(before, codes(codec, changed)).count { $0 != $1 }
          #expect(expected.contains(count), "\(codec.format.id) \(bit)")
        }
      }
    }
  }

  private func codes(_ codec: any IntegerBlockCodec, _ block: [UInt8]) -> [Int] {
    (0..<codec.weightsPerBlock).map { codec.code($0, of: block.span) }
  }
}
