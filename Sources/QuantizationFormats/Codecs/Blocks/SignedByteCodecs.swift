// Q8_0 and Q8_1: `weight = d code` with codes from -127 to 127, NaN becoming -127.
//
// Codes are rounded with the exact `1 / d`; only then is `d` rounded to binary16.

/// Q8_0: weights, and the activations that meet most formats of 32 weights.
struct Q8_0Codec: ActivationCodec {
  let format = StorageFormat.q8_0
  let weightsPerSegment = 32

  func quantize(_ weights: Span<Float>, into block: inout MutableSpan<UInt8>) {
    let scale = abs(weights.largestMagnitude) / 127
    _ = block.store(signedCodesOf: weights, scale: scale, at: 2)
    block.store(half: scale, at: 0)
  }

  func code(_ index: Int, of block: Span<UInt8>) -> Int {
    Int(Int8(bitPattern: block[2 + index]))
  }

  func scale(_ segment: Int, of block: Span<UInt8>) -> Float { block.half(at: 0) }

  func sum(_ range: Range<Int>, of block: Span<UInt8>) -> Double {
    Double(block.half(at: 0)) * Double(range.reduce(0) { $0 + code($1, of: block) })
  }
}

/// Q8_1: activations that meet Q4_1 and Q5_1; `s = d * sum(codes)` uses the exact `d`.
struct Q8_1Codec: ActivationCodec {
  let format = StorageFormat.q8_1
  let weightsPerSegment = 32

  func quantize(_ weights: Span<Float>, into block: inout MutableSpan<UInt8>) {
    let scale = abs(weights.largestMagnitude) / 127
    let sum = block.store(signedCodesOf: weights, scale: scale, at: 4)
    block.store(half: scale, at: 0)
    block.store(half: Float(sum) * scale, at: 2)
  }

  func code(_ index: Int, of block: Span<UInt8>) -> Int {
    Int(Int8(bitPattern: block[4 + index]))
  }

  func scale(_ segment: Int, of block: Span<UInt8>) -> Float { block.half(at: 0) }

  /// The stored sum of the whole block, the only range that weights of 32 ask for.
  func sum(_ range: Range<Int>, of block: Span<UInt8>) -> Double {
    precondition(range == 0..<32, "Q8_1 keeps one sum per block")
    return Double(block.half(at: 2))
  }
}

extension MutableSpan where Element == UInt8 {
  /// Stores `round(weight / scale)` from a byte on, and returns the sum of the codes.
  fileprivate mutating func store(
    signedCodesOf weights: Span<Float>, scale: Float, at byte: Int
  ) -> Int {
    let inverse = reciprocal(scale)
    var sum = 0
    for index in 0..<weights.count {
      let code = nearestAway(weights[index] * inverse, -127, 127)
      self[byte + index] = UInt8(truncatingIfNeeded: code)
      sum += code
    }
    return sum
  }
}
