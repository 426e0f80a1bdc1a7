import QuantizationSystems
import Testing

@Suite("Packings of GPTQ, AWQ and Marlin")
struct PackingTests {
  private static func random(
    rows: Int, columns: Int, bits: Int, group: Int, zero: Int? = nil
  ) -> GroupedCodes {
    var random = RandomNumbers(seed: UInt64(rows * columns * bits))
    let groups = (columns + group - 1) / group
    let top = UInt64(1) << UInt64(bits)
    return GroupedCodes(
      rows: rows, columns: columns, bits: bits, group: (0..<columns).map { $0 / group },
      codes: (0..<rows * columns).map { _ in UInt8(random.next() % top) },
      grids: (0..<rows * groups).map { _ in
        AffineGrid(
          bits: bits, scale: Float(random.next() % 64 + 1) / 1024,
          zero: zero ?? Int(random.next() % top))
      })
  }

  @Test("GPTQ words are those of the worked example")
  func gptqExample() throws {
    let grid = AffineGrid(gptq: example, bits: 4)
    #expect(abs(grid.scale - 0.408333) < 1e-6)
    #expect(grid.zero == 8)
    let codes = example.map(grid.code)
    #expect(codes.prefix(8) == [2, 8, 13, 4, 9, 15, 5, 11])
    #expect(
      BitStream.pack(codes, bits: 4) == [0xb5f9_4d82, 0xa4e8_2c71, 0x93d7_1b6f, 0x82c6_0a4e])
    let dot = zip(codes, exampleActivations).reduce(0.0) {
      $0 + Double(grid.value($1.0)) * Double($1.1)
    }
    #expect(abs(dot - -31.594792) < 2e-5)
    #expect(
      BitStream.pack((0..<32).map { $0 % 8 }, bits: 3) == [0x88fa_c688, 0xc688_fac6, 0xfac6_88fa])
  }

  @Test("Symmetric zeros are stored as 0x77777777")
  func symmetricZeros() throws {
    let codes = Self.random(rows: 16, columns: 32, bits: 4, group: 32, zero: 8)
    #expect(try GPTQTensors(packing: codes).qzeros == [0x7777_7777, 0x7777_7777])
  }

  @Test("GPTQ codes, zeros and groups come back from words", arguments: [2, 3, 4, 8])
  func gptqRoundTrip(bits: Int) throws {
    // 96 outputs: zeros of 3 bits straddle words too; zeros of 0 are among them.
    let codes = Self.random(rows: 96, columns: 64, bits: bits, group: 32)
    let tensors = try GPTQTensors(packing: codes)
    #expect(tensors.codes == codes)
    #expect(tensors.qweight.count == 64 * bits / 32 * 96)
    let read = try GPTQTensors(
      inputs: 64, outputs: 96, bits: bits, group: 32, qweight: tensors.qweight,
      qzeros: tensors.qzeros, scales: tensors.scales)
    #expect(read == tensors)
  }

  @Test(
    "Words, zeros and scales are those of AutoGPTQ's packer",
    arguments: ["int2", "int3", "int4", "int8", "int4_act_order"])
  func gptqGolden(_ name: String) throws {
    let golden = try #require(try GPTQGolden.load()[name])
    let bits = try #require(Int(name.dropFirst(3).prefix(1)))
    let (inputs, outputs, top) = (64, 96, 1 << bits)
    let values = (0..<outputs * inputs).map { index -> UInt8 in
      let (m, k) = index.quotientAndRemainder(dividingBy: inputs)
      let mixed: Int = 7 * m + 5 * k + m * k / 11
      return UInt8(mixed % top)
    }
    let grids = (0..<outputs * 2).map { index -> AffineGrid in
      let (m, g) = index.quotientAndRemainder(dividingBy: 2)
      let mixed: Int = 3 * m + 5 * g
      return AffineGrid(
        bits: bits, scale: 1 / Float(32 << ((m + g) % 4)), zero: 1 + mixed % (top - 1))
    }
    let codes = GroupedCodes(
      rows: outputs, columns: inputs, bits: bits, group: golden.groupIndex, codes: values,
      grids: grids)
    let tensors = try GPTQTensors(packing: codes)
    #expect(tensors.qweight == golden.qweight)
    #expect(tensors.qzeros == golden.qzeros)
    #expect(tensors.scales == golden.scales)
    let read = try GPTQTensors(
      inputs: inputs, outputs: outputs, bits: bits, group: 32, qweight: golden.qweight,
      qzeros: golden.qzeros, scales: golden.scales, groupIndex: golden.groupIndex.map(Int32.init))
    #expect(read.codes == codes)
  }

  @Test("Tensors of the wrong size and groups that are not there are named")
  func gptqErrors() throws {
    #expect(throws: PackingError.wrongCount(tensor: "qweight", expected: 128, actual: 1)) {
      try GPTQTensors(
        inputs: 32, outputs: 32, bits: 4, group: 32, qweight: [1], qzeros: [], scales: [])
    }
    #expect(throws: PackingError.value(tensor: "g_idx", index: 0, value: 7, limit: 0)) {
      try GPTQTensors(
        inputs: 32, outputs: 32, bits: 4, group: 32, qweight: .init(repeating: 0, count: 128),
        qzeros: .init(repeating: 0, count: 4), scales: .init(repeating: 0, count: 32),
        groupIndex: .init(repeating: 7, count: 32))
    }
  }

  @Test("AWQ words have the order 0 2 4 6 1 3 5 7, zeros as they are")
  func awq() throws {
    var codes = Self.random(rows: 8, columns: 2, bits: 4, group: 2)
    for output in 0..<8 { codes.codes[output * 2] = UInt8(output) }
    let tensors = try AWQTensors(packing: codes, group: 2)
    #expect(tensors.qweight[0] == 0x7531_6420)
    #expect(tensors.qzeros[0] & 15 == UInt32(codes.grid(0, 0).zero))
    let large = Self.random(rows: 24, columns: 160, bits: 4, group: 32)
    let packed = try AWQTensors(packing: large, group: 32)
    #expect(packed.codes == large)
    let read = try AWQTensors(
      inputs: 160, outputs: 24, group: 32, qweight: packed.qweight, qzeros: packed.qzeros,
      scales: packed.scales)
    #expect(read == packed)
  }

  @Test("Marlin's words are those of its packer, and every code is found again")
  func marlin() throws {
    var codes = Self.random(rows: 256, columns: 128, bits: 4, group: 128, zero: 8)
    for input in 0..<128 {
      for output in 0..<256 {
        let index = input * 256 + output
        codes.codes[output * 128 + input] = UInt8((index * 7 + index / 13) % 16)
      }
    }
    let packed = try MarlinTensors(repacking: codes)
    let expected = bytes(try Golden.load().marlinWords)
    let words = stride(from: 0, to: expected.count, by: 4).map { start in
      (0..<4).reduce(UInt32(0)) { $0 | UInt32(expected[start + $1]) << UInt32(8 * $1) }
    }
    #expect(packed.words == words)
    for input in stride(from: 0, to: 128, by: 5) {
      for output in 0..<256 { #expect(packed.code(output, input) == codes.code(output, input)) }
    }
    // Without groups, scale i of 32 comes from 2 (i / 8) + [0, 1, 8, 9, 16, 17, 24, 25][i % 8].
    #expect(packed.scales[2] == (try GPTQTensors(packing: codes).scales[8]))
    #expect(throws: PackingError.self) {
      try MarlinTensors(repacking: Self.random(rows: 256, columns: 128, bits: 4, group: 64))
    }
  }
}
