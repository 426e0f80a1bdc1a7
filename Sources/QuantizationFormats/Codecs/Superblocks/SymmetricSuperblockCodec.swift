/// Q3_K and Q6_K: `weight = d sc code`, with a signed whole number sc per sub-block of 16.
///
/// Every sub-block is fitted alone. The scale of largest magnitude becomes the lowest sc, the
/// others are rounded, and codes are chosen anew: each code is the nearest that its stored scale
/// allows.
struct SymmetricSuperblockCodec: IntegerBlockCodec {
  static let q3 = SymmetricSuperblockCodec(
    .q3_k, zero: 4, scaleZero: 32, negligibleScale: .leastNonzeroMagnitude, fit: .refined,
    codes: CodePlanes(
      "qs", stride: 32, high: "hmask", highStride: 32, of: StorageFormat.q3_k.layout))
  static let q6 = SymmetricSuperblockCodec(
    .q6_k, zero: 32, scaleZero: 128, negligibleScale: negligibleMagnitude, fit: .searched,
    codes: CodePlanes(
      "ql", stride: 64, high: "qh", highStride: 32, of: StorageFormat.q6_k.layout))

  let format: StorageFormat
  let weightsPerSegment = 16
  private let zero: Int
  private let scaleZero: Int
  private let negligibleScale: Float
  private let fit: SymmetricFit
  private let codes: CodePlanes
  private let scaleByte: Int
  private let scalesByte: Int

  private init(
    _ format: StorageFormat, zero: Int, scaleZero: Int, negligibleScale: Float,
    fit: SymmetricFit, codes: CodePlanes
  ) {
    self.format = format
    self.zero = zero
    self.scaleZero = scaleZero
    self.negligibleScale = negligibleScale
    self.fit = fit
    self.codes = codes
    self.scaleByte = format.layout.byteOffset(of: "d")
    self.scalesByte = format.layout.byteOffset(of: "scales")
  }

  func quantize(_ weights: Span<Float>, into block: inout MutableSpan<UInt8>) {
    block.clear()
    var scales = SIMD16<Float>()
    var largest: Float = 0
    for segment in 0..<16 {
      let group = weights.extracting(segment * 16..<segment * 16 + 16)
      scales[segment] = fit.fit(group, levels: Float(zero)).scale
      if abs(scales[segment]) > abs(largest) { largest = scales[segment] }
    }
    guard abs(largest) >= negligibleScale else { return }
    let inverse = Float(-scaleZero) / largest
    let scale = block.store(half: 1 / inverse, at: scaleByte)
    for segment in 0..<16 {
      let multiple = nearestEven(
        inverse * scales[segment], Float(-scaleZero), Float(scaleZero - 1))
      store(multiple: Int(multiple), segment, in: &block)
      store(weights, segment, scale: scale * multiple, in: &block)
    }
  }

  /// Stores the codes that are nearest to the weights of a segment.
  private func store(
    _ weights: Span<Float>, _ segment: Int, scale: Float, in block: inout MutableSpan<UInt8>
  ) {
    let range = segment * 16..<segment * 16 + 16
    guard scale != 0 else {
      // Any code will do; ggml keeps those of the fit.
      let fit = fit.fit(weights.extracting(range), levels: Float(zero))
      for index in range { codes.store(Int(fit.codes[index & 15]), index, in: &block) }
      return
    }
    for index in range {
      let code = nearestEven(weights[index] / scale, Float(-zero), Float(zero - 1))
      codes.store(Int(code) + zero, index, in: &block)
    }
  }

  func code(_ index: Int, of block: Span<UInt8>) -> Int { codes.code(index, in: block) - zero }

  func scale(_ segment: Int, of block: Span<UInt8>) -> Float {
    block.half(at: scaleByte) * Float(multiple(segment, in: block))
  }

  // Q6_K keeps sc in a signed byte. Q3_K keeps sc + 32 in 6 bits: low nibbles of 0 to 7 and then
  // of 8 to 15 in the nibbles of 8 bytes, upper pairs of bits in 4 more, in BitPlane's order.

  private func multiple(_ segment: Int, in block: Span<UInt8>) -> Int {
    guard scaleZero == 32 else { return Int(Int8(bitPattern: block[scalesByte + segment])) }
    let low = block[scalesByte + segment % 8] >> (segment < 8 ? 0 : 4) & 15
    let high = block[scalesByte + 8 + segment % 4] >> (2 * (segment / 4)) & 3
    return Int(low | high << 4) - 32
  }

  private func store(multiple: Int, _ segment: Int, in block: inout MutableSpan<UInt8>) {
    guard scaleZero == 32 else {
      block[scalesByte + segment] = UInt8(truncatingIfNeeded: multiple)
      return
    }
    let number = UInt8(multiple + 32)
    block[scalesByte + segment % 8] |= (number & 15) << (segment < 8 ? 0 : 4)
    block[scalesByte + 8 + segment % 4] |= (number >> 4) << (2 * (segment / 4))
  }
}
