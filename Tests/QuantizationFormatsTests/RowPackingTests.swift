import QuantizationFormats
import Testing
import Units

@Suite("Rows as kernels take them")
struct RowPackingTests {
  @Test("A row of LLM.int8() is its codes and its largest magnitude")
  func int8Rows() throws {
    let weights: [Float] = [1, -2, 0.5, 127, 63.5, -254]
    let bytes = try #require(StorageFormat.int8RowMaximum.packRows(weights, columns: 3))
    // 2 = 0x40000000, 254 = 0x437E0000; codes 63.5, -127, 31.75 and 63.5, 31.75, -127, rounded.
    #expect(bytes == [64, 0x81, 32, 0, 0, 0, 0x40, 64, 32, 0x81, 0, 0, 0x7E, 0x43])
    #expect(StorageFormat.int8RowMaximum.bytes(rows: 2, columns: 3) == Bytes(bytes.count))
    let unpacked = try #require(StorageFormat.int8RowMaximum.unpackRows(bytes, columns: 3))
    #expect(unpacked == [64, -127, 32].map { (Float(2) / 127) * $0 } + [128, 64, -254])
  }

  @Test("Blocks and floats are packed by their codecs; partial rows are not packed")
  func codecs() throws {
    let weights = (0..<64).map { Float($0) - 31 }
    #expect(
      StorageFormat.q8_0.packRows(weights, columns: 32)
        == (try StorageFormat.q8_0.codec?.quantizeRow(weights)))
    #expect(StorageFormat.f32.packRows([1], columns: 1) == [0, 0, 0x80, 0x3F])
    #expect(StorageFormat.q8_0.packRows(weights, columns: 16) == nil)
    #expect(StorageFormat.int8RowMaximum.packRows(weights, columns: 63) == nil)
    #expect(StorageFormat.int8RowMaximum.unpackRows([1, 2, 3], columns: 2) == nil)
    #expect(StorageFormat.u64.packRows(weights, columns: 64) == nil)
  }
}
