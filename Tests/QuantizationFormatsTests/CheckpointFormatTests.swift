import QuantizationFormats
import Testing
import Units

@Suite("Formats of checkpoints")
struct CheckpointFormatTests {
  @Test(
    "A group costs an f16 scale and a zero point: b + (16 + b) / g",
    arguments: [
      (4, 128, 4.15625), (4, 64, 4.3125), (4, 32, 4.625), (3, 128, 3.1484375), (8, 128, 8.1875),
      (2, 64, 2.28125),
    ])
  func groups(bits: Int, group: Int, expected: Double) {
    #expect(StorageFormat.integer(bits: bits, group: group).bitsPerWeight() == expected)
  }

  @Test("The last group of a row may be shorter, and its codes are not padded")
  func shortGroups() {
    let format = StorageFormat.integer(bits: 4, group: 128)
    // 130 codes and two groups in each of two rows.
    #expect(format.bytes(rows: 2, columns: 130).count == 2 * (130 * 4 + 2 * 20) / 8)
    let wide = StorageFormat.integer(bits: 4, group: 65536)
    #expect(wide.bytes(rows: 1, columns: 4096).count == (4096 * 4 + 20 + 4) / 8)
  }

  @Test("A channel shares one scale and zero point")
  func channels() {
    let format = StorageFormat.integerPerChannel(bits: 4, zeroBits: 4)
    #expect(format.bitsPerWeight(columns: 1000) == 4.02)
  }

  @Test("NF4 and FP4 cost 4.5 bits, 4.126953 with double quantization")
  func bitsAndBytes() {
    #expect(StorageFormat.nf4.bitsPerWeight() == 4.5)
    #expect(StorageFormat.fp4.bitsPerWeight() == 4.5)
    #expect(abs(StorageFormat.nf4DoubleQuantized.bitsPerWeight() - 4.126953) < 1e-6)
    #expect(abs(StorageFormat.fp4DoubleQuantized.bitsPerWeight() - 4.126953) < 1e-6)
  }

  @Test("Blocks of bitsandbytes run through the flattened tensor")
  func flattenedBlocks() {
    // 3 x 50 = 150 weights are three blocks of 36 bytes, not three padded rows.
    #expect(StorageFormat.nf4.bytes(rows: 3, columns: 50).count == 3 * 36)
    // One nested scale and one offset more.
    #expect(StorageFormat.nf4DoubleQuantized.bytes(rows: 3, columns: 50).count == 3 * 33 + 8)
  }

  @Test("Double quantization saves 3.04 GB of a 65B model")
  func doubleQuantizationSaving() {
    let saved =
      StorageFormat.nf4.bitsPerWeight() - StorageFormat.nf4DoubleQuantized.bitsPerWeight()
    #expect(abs(saved * 65.286e9 / 8e9 - 3.04) < 0.01)
  }

  @Test("OmniQuant's packed groups cost 4.25, 3.45 and 2.25 bits")
  func packedGroups() {
    for (bits, expected) in [(4, 4.25), (3, 3.45), (2, 2.25)] {
      let cost = StorageFormat.packedInteger(bits: bits, group: 128).bitsPerWeight(columns: 128_000)
      #expect(abs(cost - expected) < 1e-9)
    }
  }

  @Test("MLC-LLM's formats cost 4.5 and 3.6 bits")
  func mlc() {
    #expect(abs(StorageFormat.mlc(bits: 4, group: 32).bitsPerWeight(columns: 32_000) - 4.5) < 1e-9)
    #expect(abs(StorageFormat.mlc(bits: 3, group: 40).bitsPerWeight(columns: 40_000) - 3.6) < 1e-9)
  }

  @Test("RPTQ's clusters cost 0.11 bits in a row of 9216")
  func clusters() {
    let cost = StorageFormat.integerPerCluster(bits: 4, clusters: 32).bitsPerWeight(columns: 9216)
    #expect(abs(cost - 4.1111) < 1e-4)
  }

  @Test("LLM.int8() keeps one byte per weight and four per row")
  func int8Rows() {
    #expect(StorageFormat.int8RowMaximum.bytes(rows: 10, columns: 100).count == 1040)
    #expect(StorageFormat.integerPerTensor(bits: 8).bytes(rows: 10, columns: 100).count == 1004)
  }

  @Test(
    "Safetensors types have their width",
    arguments: [
      ("F64", 64.0), ("F32", 32), ("F16", 16), ("BF16", 16), ("F8_E4M3", 8), ("F8_E5M2", 8),
      ("F8_E8M0", 8), ("I64", 64), ("I32", 32), ("I16", 16), ("I8", 8), ("U8", 8), ("U16", 16),
      ("U32", 32), ("U64", 64), ("BOOL", 8), ("F4", 4), ("F6_E2M3", 6), ("F6_E3M2", 6),
    ])
  func safetensors(name: String, bits: Double) throws {
    #expect(try #require(SafetensorsType(name: name)).format.bitsPerWeight() == bits)
  }

  @Test("Safetensors names are exact")
  func safetensorsNames() {
    #expect(SafetensorsType.all.count == 19)
    #expect(SafetensorsType(name: "bf16") == nil)
    #expect(SafetensorsType(name: "") == nil)
  }
}
