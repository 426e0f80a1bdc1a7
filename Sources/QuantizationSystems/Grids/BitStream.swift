/// Codes side by side in 32-bit words, the first at the lowest bit; a code may straddle two words.
///
/// 3-bit codes fill three words with 32 codes, of which the 11th and the 22nd straddle.
public enum BitStream {
  /// The words that hold the codes; the last is filled up with zeros.
  public static func pack(_ codes: some Collection<Int>, bits: Int) -> [UInt32] {
    var words = [UInt32](repeating: 0, count: (codes.count * bits + 31) / 32)
    for (index, code) in codes.enumerated() {
      let (word, bit) = (index * bits).quotientAndRemainder(dividingBy: 32)
      let wide = UInt64(code) << UInt64(bit)
      words[word] |= UInt32(truncatingIfNeeded: wide)
      if bit + bits > 32 { words[word + 1] |= UInt32(truncatingIfNeeded: wide >> 32) }
    }
    return words
  }

  /// The code at `index` of a stream whose word `i` is `word(i)`.
  public static func code(_ index: Int, bits: Int, word: (Int) -> UInt32) -> Int {
    let (first, bit) = (index * bits).quotientAndRemainder(dividingBy: 32)
    var wide = UInt64(word(first))
    if bit + bits > 32 { wide |= UInt64(word(first + 1)) << 32 }
    return Int(wide >> UInt64(bit)) & (1 << bits - 1)
  }
}
