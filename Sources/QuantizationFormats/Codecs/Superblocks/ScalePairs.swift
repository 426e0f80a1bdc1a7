/// The whole-number scales and minimums of a superblock's sub-blocks.
///
/// Q2_K keeps a pair in a byte, the scale in the low nibble. Q4_K and Q5_K keep 8 pairs of 6-bit
/// numbers in 12 bytes: pairs 0 to 3 in the low six bits of bytes 0 to 3 (scales) and 4 to 7
/// (minimums); pairs 4 to 7 have their low nibbles in bytes 8 to 11 and their upper two bits at the
/// top of the bytes of the pair four before.
struct ScalePairs: Sendable {
  /// Where the numbers begin.
  let byte: Int
  /// Whether the numbers have 6 bits rather than 4.
  let isSixBit: Bool

  /// The scale of a sub-block.
  func scale(_ segment: Int, in block: Span<UInt8>) -> Int {
    guard isSixBit else { return Int(block[byte + segment] & 15) }
    guard segment >= 4 else { return Int(block[byte + segment] & 63) }
    return Int(block[byte + segment + 4] & 15 | (block[byte + segment - 4] >> 6) << 4)
  }

  /// The minimum of a sub-block.
  func minimum(_ segment: Int, in block: Span<UInt8>) -> Int {
    guard isSixBit else { return Int(block[byte + segment] >> 4) }
    guard segment >= 4 else { return Int(block[byte + segment + 4] & 63) }
    return Int(block[byte + segment + 4] >> 4 | (block[byte + segment] >> 6) << 4)
  }

  /// Sets the pair of a sub-block in a block where it is zero.
  func store(
    scale: Int, minimum: Int, _ segment: Int, in block: inout MutableSpan<UInt8>
  ) {
    let (scale, minimum) = (UInt8(scale), UInt8(minimum))
    if !isSixBit {
      block[byte + segment] = scale | minimum << 4
    } else if segment < 4 {
      block[byte + segment] |= scale
      block[byte + segment + 4] |= minimum
    } else {
      block[byte + segment + 4] |= scale & 15 | minimum << 4
      block[byte + segment - 4] |= (scale >> 4) << 6
      block[byte + segment] |= (minimum >> 4) << 6
    }
  }
}
