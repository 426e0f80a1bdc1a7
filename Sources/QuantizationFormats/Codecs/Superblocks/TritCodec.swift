/// TQ1_0: `weight = d (trit - 1)`, five trits to a byte.
///
/// A byte holds the fraction `value / 3^5` of its five trits in 256ths, rounded up. Multiplying by
/// 3^n modulo 256 removes n trits, and the carry of one more multiplication by 3 is the next one.
///
///     weights    0...159   byte i % 32                 trit i / 32
///     weights  160...239   byte 32 + (i - 160) % 16    trit (i - 160) / 16
///     weights  240...255   byte 48 + (i - 240) % 4     trit (i - 240) / 4, four to a byte
struct TritCodec: IntegerBlockCodec {
  let format = StorageFormat.tq1_0
  let weightsPerSegment = 256
  private let scaleByte = StorageFormat.tq1_0.layout.byteOffset(of: "d")

  /// A run of bytes with one trit of each in turn.
  private struct Run {
    let weights: Range<Int>
    let byte: Int
    let stride: Int
  }

  private let runs = [
    Run(weights: 0..<160, byte: 0, stride: 32), Run(weights: 160..<240, byte: 32, stride: 16),
    Run(weights: 240..<256, byte: 48, stride: 4),
  ]

  func quantize(_ weights: Span<Float>, into block: inout MutableSpan<UInt8>) {
    let scale = abs(weights.largestMagnitude)
    let inverse = reciprocal(scale)
    block.store(half: scale, at: scaleByte)
    for run in runs {
      for lane in 0..<run.stride {
        var value = 0
        for trit in 0..<5 {
          // The last run has no fifth trit; a zero holds its place.
          let index = run.weights.lowerBound + trit * run.stride + lane
          let isUsed = index < run.weights.upperBound
          value = 3 * value + (isUsed ? nearestAway(weights[index] * inverse, -1, 1) + 1 : 0)
        }
        block[run.byte + lane] = UInt8(truncatingIfNeeded: (value * 256 + 242) / 243)
      }
    }
  }

  func code(_ index: Int, of block: Span<UInt8>) -> Int {
    let run = runs[index < 160 ? 0 : index < 240 ? 1 : 2]
    let place = index - run.weights.lowerBound
    let shifted = block[run.byte + place % run.stride] &* powerOfThree(place / run.stride)
    return (Int(shifted) * 3) >> 8 - 1
  }

  func scale(_ segment: Int, of block: Span<UInt8>) -> Float { block.half(at: scaleByte) }

  private func powerOfThree(_ exponent: Int) -> UInt8 {
    switch exponent {
    case 0: 1
    case 1: 3
    case 2: 9
    case 3: 27
    default: 81
    }
  }
}
