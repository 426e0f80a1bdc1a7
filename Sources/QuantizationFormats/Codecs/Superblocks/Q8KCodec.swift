/// Q8_K: activations that meet every format of 256 weights.
///
/// `d` is negative whenever the activation of largest magnitude is positive: it gets code -127.
/// `bsums` are sums of 16 codes, for the minimums of weights. NaN becomes -127.
struct Q8KCodec: ActivationCodec {
  let format = StorageFormat.q8_k
  let weightsPerSegment = 256
  private let codesByte = StorageFormat.q8_k.layout.byteOffset(of: "qs")
  private let sumsByte = StorageFormat.q8_k.layout.byteOffset(of: "bsums")

  func quantize(_ weights: Span<Float>, into block: inout MutableSpan<UInt8>) {
    block.clear()
    let largest = weights.largestMagnitude
    guard largest != 0 else { return }
    let inverse = -127 / largest
    block.store(float: 1 / inverse, at: 0)
    for run in 0..<16 {
      var sum = 0
      for index in run * 16..<run * 16 + 16 {
        let code = Int(nearestEven(inverse * weights[index], -127, 127))
        block[codesByte + index] = UInt8(truncatingIfNeeded: code)
        sum += code
      }
      block.store(word: UInt16(truncatingIfNeeded: sum), at: sumsByte + 2 * run)
    }
  }

  func code(_ index: Int, of block: Span<UInt8>) -> Int {
    Int(Int8(bitPattern: block[codesByte + index]))
  }

  func scale(_ segment: Int, of block: Span<UInt8>) -> Float { block.float(at: 0) }

  /// The stored sums of a range of whole runs of 16.
  func sum(_ range: Range<Int>, of block: Span<UInt8>) -> Double {
    precondition(range.lowerBound.isMultiple(of: 16) && range.count.isMultiple(of: 16))
    let sum = (range.lowerBound / 16..<range.upperBound / 16).reduce(0) { sum, run in
      sum + Int(Int16(bitPattern: block.word(at: sumsByte + 2 * run)))
    }
    return Double(block.float(at: 0)) * Double(sum)
  }
}
