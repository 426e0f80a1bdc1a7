import QuantizationFormats
import Testing

/// A codec as an argument of tests.
struct NamedCodec: Sendable, CustomTestStringConvertible {
  let codec: any BlockCodec

  var testDescription: String { codec.format.id }

  static let all = BlockCodecs.all.map(NamedCodec.init)

  /// Packs and unpacks a row.
  func roundTrip(_ weights: [Float]) throws -> (bytes: [UInt8], weights: [Float]) {
    let bytes = try codec.quantizeRow(weights)
    return (bytes, try codec.dequantizeRow(bytes))
  }

  /// Whether packing an unpacked block gives the block again.
  ///
  /// Not so for the formats that search: rounding changes the fit. Nor for Q8_1, whose sum is
  /// taken with the scale before it is rounded, nor for Q8_K, whose scale is a reciprocal of a
  /// reciprocal and may move in its last place.
  var isIdempotent: Bool { !searches && ![.q8_1, .q8_k].contains(codec.format) }

  /// Whether the format searches for its scales.
  var searches: Bool {
    [.q2_k, .q3_k, .q4_k, .q5_k, .q6_k, .iq4_xs].contains(codec.format)
  }

  /// The integers that may stand for a weight.
  var codes: [Int] {
    switch codec.format {
    case .q2_k: Array(0...3)
    case .q3_k: Array(-4...3)
    case .q4_k: Array(0...15)
    case .q5_k: Array(0...31)
    case .q6_k: Array(-32...31)
    default: [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113]
    }
  }
}

@Suite("Block codecs")
struct BlockCodecTests {
  @Test("A round trip errs by no more than the format's bound", arguments: NamedCodec.all)
  func bounds(named: NamedCodec) throws {
    let count = named.codec.weightsPerBlock
    for block in AdversarialBlock.ordinary {
      let weights = block.weights(max(count, 32))
      for start in stride(from: 0, to: weights.count, by: count) {
        let part = Array(weights[start..<start + count])
        let (bytes, unpacked) = try named.roundTrip(part)
        let bound = RoundTripBound(weights: part)
        if let bounds = bound.bounds(named.codec.format) {
          for index in part.indices {
            #expect(abs(unpacked[index] - part[index]) <= bounds[index], "\(block.name) \(index)")
          }
        } else {
          let codec = try #require(named.codec as? any IntegerBlockCodec)
          #expect(bound.isNearest(codec, bytes, codes: named.codes), "\(block.name)")
        }
      }
    }
  }

  @Test(
    "Packing an unpacked block gives the block", arguments: NamedCodec.all.filter(\.isIdempotent))
  func idempotence(named: NamedCodec) throws {
    // NVFP4's smallest scales are multiples of 2^-9 and may shrink once more. The minimum -0 of
    // Q4_1 and Q5_1 unpacks to 0.
    let scale: Float = named.codec.format == .nvfp4 ? 64 : 1
    let blocks = AdversarialBlock.ordinary.filter {
      switch named.codec.format {
      case .nvfp4: $0.name != "wide range"
      case .q4_1, .q5_1: $0.name != "all negative zero"
      default: true
      }
    }
    for block in blocks {
      try expectIdempotence(named, block.weights(256).map { $0 * scale }, block.name)
    }
    let noise = (0..<256 * 64).map { AdversarialBlock.noise($0) * scale }
    try expectIdempotence(named, noise, "noise")
  }

  private func expectIdempotence(_ named: NamedCodec, _ weights: [Float], _ name: String) throws {
    guard weights.allSatisfy({ abs($0) <= 60000 }) else { return }
    let (bytes, unpacked) = try named.roundTrip(weights)
    #expect(try named.codec.quantizeRow(unpacked) == bytes, "\(name)")
  }

  @Test("No weights trap, and finite ones never become NaN in range", arguments: NamedCodec.all)
  func adversarialBlocks(named: NamedCodec) throws {
    for block in AdversarialBlock.all {
      let (bytes, unpacked) = try named.roundTrip(block.weights(512))
      #expect(bytes.count == 512 / named.codec.weightsPerBlock * named.codec.bytesPerBlock)
      #expect(unpacked.count == 512)
      guard AdversarialBlock.ordinary.contains(where: { $0.name == block.name }) else { continue }
      #expect(unpacked.allSatisfy { $0.isFinite }, "\(block.name)")
    }
  }

  @Test("A NaN leaves the other weights of a block alone", arguments: NamedCodec.all)
  func loneNaN(named: NamedCodec) throws {
    guard !named.searches, ![.q1_0, .iq4_nl].contains(named.codec.format) else { return }
    var weights = AdversarialBlock.ordinary[13].weights(256)
    weights[3] = 0
    let expected = try named.roundTrip(weights).weights
    weights[3] = .nan
    let unpacked = try named.roundTrip(weights).weights
    for index in weights.indices where index != 3 {
      #expect(unpacked[index] == expected[index])
    }
  }

  @Test("An infinity leaves no finite weight in its block", arguments: NamedCodec.all)
  func loneInfinity(named: NamedCodec) throws {
    let exceptions: [StorageFormat] = [.q3_k, .q6_k, .iq4_xs, .mxfp4, .nvfp4]
    for infinity in [Float.infinity, -.infinity] where !exceptions.contains(named.codec.format) {
      var weights = AdversarialBlock.ordinary[13].weights(named.codec.weightsPerBlock)
      weights[0] = infinity
      #expect(try named.roundTrip(weights).weights.allSatisfy { !$0.isFinite })
    }
  }

  @Test("Zeros stay zeros", arguments: NamedCodec.all)
  func zeros(named: NamedCodec) throws {
    #expect(try named.roundTrip([Float](repeating: 0, count: 256)).weights.allSatisfy { $0 == 0 })
  }

  @Test("Every byte pattern unpacks", arguments: NamedCodec.all)
  func anyBytes(named: NamedCodec) throws {
    let size = named.codec.bytesPerBlock
    for byte in 0...UInt8.max {
      let weights = try named.codec.dequantizeRow([UInt8](repeating: byte, count: size))
      #expect(weights.count == named.codec.weightsPerBlock)
    }
  }

  @Test("A row is the sequence of its blocks", arguments: NamedCodec.all)
  func rows(named: NamedCodec) throws {
    let weights = AdversarialBlock("noise", AdversarialBlock.noise).weights(1024)
    let row = try named.codec.quantizeRow(weights)
    let half = try named.codec.quantizeRow(Array(weights[512...]))
    #expect(Array(row[(row.count / 2)...]) == half)
  }

  @Test("Wrong counts are errors")
  func errors() throws {
    let codec = try #require(StorageFormat.q4_0.codec)
    #expect(throws: CodecError.partialBlock(format: "q4_0", weights: 33, perBlock: 32)) {
      try codec.quantizeRow([Float](repeating: 0, count: 33))
    }
    #expect(throws: CodecError.byteCount(format: "q4_0", expected: 18, actual: 19)) {
      try codec.dequantizeRow([UInt8](repeating: 0, count: 19))
    }
    #expect(try codec.quantizeRow([]) == [])
    let message = CodecError.byteCount(format: "q4_0", expected: 18, actual: 19).description
    #expect(message == "q4_0: the row has 19 bytes instead of 18")
  }

  @Test("A format finds its codec", arguments: NamedCodec.all)
  func lookup(named: NamedCodec) {
    #expect(named.codec.format.codec?.format == named.codec.format)
    #expect(StorageFormat.iq2_xxs.codec == nil)
  }
}
