import QuantizationFormats
import Testing

@Suite("Rows of 8-bit codes")
struct Int8RowTests {
  @Test("The largest magnitude becomes 127, and ties go to even codes")
  func codes() {
    let row = Int8Row(quantizing: [63.5, -127, 1, 0.5, 1.5, -2.5, 0])
    #expect(row == Int8Row(scale: 1, codes: [64, -127, 1, 0, 2, -2, 0]))
    #expect(row.values == [64, -127, 1, 0, 2, -2, 0])
  }

  @Test("A value errs by no more than half a step", arguments: AdversarialBlock.ordinary)
  func bound(block: AdversarialBlock) {
    let values = block.weights(100)
    let row = Int8Row(quantizing: values)
    let largest = values.map(abs).max() ?? 0
    for (value, unpacked) in zip(values, row.values) {
      #expect(abs(value - unpacked) <= largest / 254 + largest * 0x1p-20)
    }
    #expect(Int8Row(quantizing: row.values).codes == row.codes)
  }

  @Test("No values trap", arguments: AdversarialBlock.all)
  func adversarialValues(block: AdversarialBlock) {
    #expect(Int8Row(quantizing: block.weights(33)).values.count == 33)
    #expect(Int8Row(quantizing: []).codes == [])
  }
}
