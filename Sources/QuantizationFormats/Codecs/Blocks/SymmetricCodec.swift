/// Q4_0 and Q5_0: `weight = d (code - zero)`.
///
/// The weight of largest magnitude gets code 0, whatever its sign: `d = weight / -zero`. The other
/// side reaches only code `2 zero - 1`, so a weight that mirrors the largest errs by a whole step.
struct SymmetricCodec: IntegerBlockCodec {
  static let q4 = SymmetricCodec(
    .q4_0, zero: 8, codes: CodePlanes("qs", stride: 16, of: StorageFormat.q4_0.layout))
  static let q5 = SymmetricCodec(
    .q5_0, zero: 16,
    codes: CodePlanes("qs", stride: 16, high: "qh", of: StorageFormat.q5_0.layout))

  let format: StorageFormat
  let weightsPerSegment = 32
  private let zero: Int
  private let codes: CodePlanes

  private init(_ format: StorageFormat, zero: Int, codes: CodePlanes) {
    self.format = format
    self.zero = zero
    self.codes = codes
  }

  func quantize(_ weights: Span<Float>, into block: inout MutableSpan<UInt8>) {
    let center = Float(zero)
    let scale = weights.largestMagnitude / -center
    let inverse = reciprocal(scale)
    block.clear()
    block.store(half: scale, at: 0)
    for index in 0..<weights.count {
      // Half is added before the fraction is dropped.
      let code = truncate(weights[index] * inverse + (center + 0.5), 2 * center - 1)
      codes.store(code, index, in: &block)
    }
  }

  func code(_ index: Int, of block: Span<UInt8>) -> Int { codes.code(index, in: block) - zero }

  func scale(_ segment: Int, of block: Span<UInt8>) -> Float { block.half(at: 0) }
}
