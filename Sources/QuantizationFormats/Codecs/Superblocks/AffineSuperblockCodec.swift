/// Q2_K, Q4_K and Q5_K: `weight = d sc code - dmin m`, with whole numbers sc and m per sub-block.
///
/// Every sub-block is fitted alone. The largest scale and minimum of the superblock become the
/// largest sc and m, the others are rounded, and codes are chosen anew: each code is the nearest
/// that its stored scale and minimum allow.
struct AffineSuperblockCodec: IntegerBlockCodec {
  static let q2 = AffineSuperblockCodec(
    .q2_k, segment: 16, levels: 3, scaleLevels: 15, search: .q2,
    codes: CodePlanes("qs", stride: 32, of: StorageFormat.q2_k.layout))
  static let q4 = AffineSuperblockCodec(
    .q4_k, segment: 32, levels: 15, scaleLevels: 63, search: .q4,
    codes: CodePlanes("qs", stride: 32, of: StorageFormat.q4_k.layout))
  static let q5 = AffineSuperblockCodec(
    .q5_k, segment: 32, levels: 31, scaleLevels: 63, search: .q5,
    codes: CodePlanes(
      "qs", stride: 32, high: "qh", highStride: 32, of: StorageFormat.q5_k.layout))

  let format: StorageFormat
  let weightsPerSegment: Int
  private let levels: Float
  private let scaleLevels: Float
  private let search: AffineSearch
  private let codes: CodePlanes
  private let pairs: ScalePairs
  private let scaleByte: Int
  private let minimumByte: Int

  private init(
    _ format: StorageFormat, segment: Int, levels: Float, scaleLevels: Float,
    search: AffineSearch, codes: CodePlanes
  ) {
    self.format = format
    self.weightsPerSegment = segment
    self.levels = levels
    self.scaleLevels = scaleLevels
    self.search = search
    self.codes = codes
    self.pairs = ScalePairs(
      byte: format.layout.byteOffset(of: "scales"), isSixBit: scaleLevels == 63)
    self.scaleByte = format.layout.byteOffset(of: "d")
    self.minimumByte = format.layout.byteOffset(of: "dmin")
  }

  func quantize(_ weights: Span<Float>, into block: inout MutableSpan<UInt8>) {
    block.clear()
    let segments = weights.count / weightsPerSegment
    var (scales, minimums) = (SIMD16<Float>(), SIMD16<Float>())
    var (largestScale, largestMinimum) = (Float(0), Float(0))
    for segment in 0..<segments {
      let fit = search.fit(weights.extracting(range(segment)), levels: levels)
      (scales[segment], minimums[segment]) = (fit.scale, fit.minimum)
      if fit.scale > largestScale { largestScale = fit.scale }
      if fit.minimum > largestMinimum { largestMinimum = fit.minimum }
    }
    let inverseScale = largestScale > 0 ? scaleLevels / largestScale : 0
    let inverseMinimum = largestMinimum > 0 ? scaleLevels / largestMinimum : 0
    let scale = block.store(half: largestScale / scaleLevels, at: scaleByte)
    let minimum = block.store(half: largestMinimum / scaleLevels, at: minimumByte)
    for segment in 0..<segments {
      let multiple = nearestEven(inverseScale * scales[segment], 0, scaleLevels)
      let offset = nearestEven(inverseMinimum * minimums[segment], 0, scaleLevels)
      pairs.store(scale: Int(multiple), minimum: Int(offset), segment, in: &block)
      store(
        weights, segment, scale: scale * multiple, minimum: minimum * offset, in: &block)
    }
  }

  /// Stores the codes that are nearest to the weights of a segment.
  private func store(
    _ weights: Span<Float>, _ segment: Int, scale: Float, minimum: Float,
    in block: inout MutableSpan<UInt8>
  ) {
    guard scale != 0 else {
      // Any code will do; ggml keeps those of the fit.
      let fit = search.fit(weights.extracting(range(segment)), levels: levels)
      for index in range(segment) {
        codes.store(fit.code(weights[index], levels: levels), index, in: &block)
      }
      return
    }
    for index in range(segment) {
      let code = nearestEven((weights[index] + minimum) / scale, 0, levels)
      codes.store(Int(code), index, in: &block)
    }
  }

  func code(_ index: Int, of block: Span<UInt8>) -> Int { codes.code(index, in: block) }

  func scale(_ segment: Int, of block: Span<UInt8>) -> Float {
    block.half(at: scaleByte) * Float(pairs.scale(segment, in: block))
  }

  func offset(_ segment: Int, of block: Span<UInt8>) -> Float {
    -(block.half(at: minimumByte) * Float(pairs.minimum(segment, in: block)))
  }

  private func range(_ segment: Int) -> Range<Int> {
    segment * weightsPerSegment..<(segment + 1) * weightsPerSegment
  }
}
