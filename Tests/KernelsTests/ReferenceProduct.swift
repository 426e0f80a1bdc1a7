import QuantizationFormats

/// C[m,n] = A[m,k] * B[k,n] in double precision, with what rounding may cost each element.
///
/// A is what the blocks mean, B what the quantized activations mean: both are exact here, so that a
/// kernel differs only by its own roundings.
struct ReferenceProduct {
  /// A matrix by its parts: weight = scale * code + offset.
  struct Weights {
    let rows: Int
    let columns: Int
    let perSegment: Int
    var codes: [Double] = []
    var scales: [Double] = []
    var offsets: [Double] = []

    init(_ bytes: [UInt8], rows: Int, columns: Int, codec: any IntegerBlockCodec) {
      self.rows = rows
      self.columns = columns
      perSegment = codec.weightsPerSegment
      let size = codec.bytesPerBlock
      for first in stride(from: 0, to: bytes.count, by: size) {
        let block = bytes.span.extracting(first..<first + size)
        codes += (0..<codec.weightsPerBlock).map { Double(codec.code($0, of: block)) }
        for segment in 0..<codec.weightsPerBlock / perSegment {
          scales.append(Double(codec.scale(segment, of: block)))
          offsets.append(Double(codec.offset(segment, of: block)))
        }
      }
    }
  }

  /// Token after token.
  private(set) var values: [Double] = []
  /// The largest difference that rounding explains.
  private(set) var bounds: [Double] = []
  /// The same where integer sums with a shared activation scale start at 1.5 * 2^23 in the bits of a
  /// float, as AVX-512 kernels have it.
  private(set) var magicBounds: [Double] = []

  init(_ weights: Weights, _ activations: QuantizedActivations, tokens: Int) {
    let blocks = weights.columns / 32
    // Each segment's term is rounded once for the product of scales and once when it is added; the
    // 8 more cover the minimum's term, which is another product and addition.
    let relative = gamma(2 * weights.columns / min(32, weights.perSegment) + 8)
    // Products of scales may be subnormal: then each loses half of the smallest number, times a sum
    // of 32 products of codes.
    let absolute = Double(blocks) * 0x1p-150 * 32 * 128 * 127
    for token in 0..<tokens {
      for row in 0..<weights.rows {
        var (sum, magnitude) = (0.0, 0.0)
        for column in 0..<weights.columns {
          let segment = (row * weights.columns + column) / weights.perSegment
          let at = token * weights.columns + column
          let activation = Double(activations.codes[at]) * Double(activations.scales[at])
          let weight = weights.scales[segment] * weights.codes[row * weights.columns + column]
          let offset = weights.offsets[segment]
          sum += (weight + offset) * activation
          magnitude += (weight.magnitude + offset.magnitude) * activation.magnitude
        }
        values.append(sum)
        bounds.append(relative * magnitude + absolute)
        magicBounds.append(
          bounds[bounds.count - 1]
            + Self.magicError(weights, row: row, activations, token: token) * (1 + relative))
      }
    }
  }

  /// What rounding partial sums of up to 1.5 * 2^23 * (sum of the scales' magnitudes) may cost.
  ///
  /// A superblock of s segments rounds such a sum s + 1 times, by 2^-24 of it each: 0.75 times the
  /// sum of the scales.
  private static func magicError(
    _ weights: Weights, row: Int, _ activations: QuantizedActivations, token: Int
  ) -> Double {
    var error = 0.0
    for first in stride(from: 0, to: weights.columns, by: 256) {
      let end = min(first + 256, weights.columns)
      var (segments, scales) = (1.0, 0.0)
      for column in stride(from: first, to: end, by: min(32, weights.perSegment)) {
        segments += 1
        scales += weights.scales[(row * weights.columns + column) / weights.perSegment].magnitude
      }
      let scale = Double(activations.scales[token * weights.columns + first])
      error += 0.75 * segments * scales * scale
    }
    return error
  }
}
