/// Where a field keeps one small number per weight.
///
/// ggml deals numbers out over `stride` bytes, then over the same bytes again one item higher, and
/// goes on to the next `stride` bytes when they are full. With `perByte = 8 / bits`, number i is in
///
///     byte  start + i / (stride * perByte) * stride + i % stride
///     at bit  bits * (i / stride % perByte)
///
/// A stride of 16 is the "halves order" of 4-bit blocks, a stride of 1 is plain order.
struct BitPlane: Sendable {
  private let start: Int
  private let bits: Int
  private let strideShift: Int
  private let perByteShift: Int

  /// The plane in a field of a layout.
  init(_ field: String, of layout: BlockLayout, stride: Int) {
    let bits = layout.field(field).bitsEach
    precondition(stride.nonzeroBitCount == 1 && [1, 2, 4].contains(bits))
    self.start = layout.byteOffset(of: field)
    self.bits = bits
    self.strideShift = stride.trailingZeroBitCount
    self.perByteShift = (8 / bits).trailingZeroBitCount
  }

  /// The number of a weight.
  func number(_ index: Int, in block: Span<UInt8>) -> Int {
    (Int(block[byte(index)]) &>> shift(index)) & (1 &<< bits &- 1)
  }

  /// Sets the number of a weight in a block where it is zero.
  func store(_ number: Int, _ index: Int, in block: inout MutableSpan<UInt8>) {
    block[byte(index)] |= UInt8(truncatingIfNeeded: number &<< shift(index))
  }

  private func byte(_ index: Int) -> Int {
    let run = index &>> (strideShift &+ perByteShift)
    return start &+ run &<< strideShift &+ index & (1 &<< strideShift &- 1)
  }

  private func shift(_ index: Int) -> Int {
    (index &>> strideShift & (1 &<< perByteShift &- 1)) &* bits
  }
}

/// Codes whose lower bits are in one plane and whose upper bits, if any, are in another.
struct CodePlanes: Sendable {
  let low: BitPlane
  let lowBits: Int
  let high: BitPlane?

  /// Codes in the field `low`, and their upper bits in the field `high`.
  init(
    _ low: String, stride: Int, high: String? = nil, highStride: Int = 1, of layout: BlockLayout
  ) {
    self.low = BitPlane(low, of: layout, stride: stride)
    self.lowBits = layout.field(low).bitsEach
    self.high = high.map { BitPlane($0, of: layout, stride: highStride) }
  }

  /// The unsigned code of a weight.
  func code(_ index: Int, in block: Span<UInt8>) -> Int {
    guard let high else { return low.number(index, in: block) }
    return low.number(index, in: block) | high.number(index, in: block) &<< lowBits
  }

  /// Sets the code of a weight in a block where it is zero.
  func store(_ code: Int, _ index: Int, in block: inout MutableSpan<UInt8>) {
    guard let high else { return low.store(code, index, in: &block) }
    low.store(code & (1 &<< lowBits &- 1), index, in: &block)
    high.store(code &>> lowBits, index, in: &block)
  }
}
