/// Q4_1 and Q5_1: `weight = d code + m`, with the smallest weight as `m`.
///
/// All-equal weights give `d = 0`. A block of NaNs alone decodes to NaN.
struct AffineCodec: IntegerBlockCodec {
  static let q4 = AffineCodec(
    .q4_1, levels: 15, codes: CodePlanes("qs", stride: 16, of: StorageFormat.q4_1.layout))
  static let q5 = AffineCodec(
    .q5_1, levels: 31,
    codes: CodePlanes("qs", stride: 16, high: "qh", of: StorageFormat.q5_1.layout))

  let format: StorageFormat
  let weightsPerSegment = 32
  private let levels: Float
  private let codes: CodePlanes

  private init(_ format: StorageFormat, levels: Float, codes: CodePlanes) {
    self.format = format
    self.levels = levels
    self.codes = codes
  }

  func quantize(_ weights: Span<Float>, into block: inout MutableSpan<UInt8>) {
    let (minimum, maximum) = weights.bounds
    let scale = (maximum - minimum) / levels
    let inverse = reciprocal(scale)
    block.clear()
    block.store(half: scale, at: 0)
    block.store(half: minimum, at: 2)
    for index in 0..<weights.count {
      codes.store(
        truncate((weights[index] - minimum) * inverse + 0.5, levels), index, in: &block)
    }
  }

  func code(_ index: Int, of block: Span<UInt8>) -> Int { codes.code(index, in: block) }

  func scale(_ segment: Int, of block: Span<UInt8>) -> Float { block.half(at: 0) }

  func offset(_ segment: Int, of block: Span<UInt8>) -> Float { block.half(at: 2) }
}
