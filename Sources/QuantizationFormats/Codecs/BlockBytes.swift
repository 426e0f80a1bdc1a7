// Numbers inside a block, little endian.

extension Span where Element == UInt8 {
  /// The binary16 at a byte.
  func half(at byte: Int) -> Float { Binary16.decode(word(at: byte)) }

  /// The binary32 at a byte.
  func float(at byte: Int) -> Float {
    Float(bitPattern: UInt32(word(at: byte)) | UInt32(word(at: byte + 2)) << 16)
  }

  /// The 16 bits at a byte.
  func word(at byte: Int) -> UInt16 { UInt16(self[byte]) | UInt16(self[byte + 1]) << 8 }
}

extension MutableSpan where Element == UInt8 {
  /// Rounds to binary16, stores it at a byte, and returns what was stored.
  @discardableResult
  mutating func store(half value: Float, at byte: Int) -> Float {
    let bits = Binary16.encode(value)
    store(word: bits, at: byte)
    return Binary16.decode(bits)
  }

  /// Stores a binary32 at a byte.
  mutating func store(float value: Float, at byte: Int) {
    store(word: UInt16(truncatingIfNeeded: value.bitPattern), at: byte)
    store(word: UInt16(truncatingIfNeeded: value.bitPattern >> 16), at: byte + 2)
  }

  /// Stores 16 bits at a byte.
  mutating func store(word: UInt16, at byte: Int) {
    self[byte] = UInt8(truncatingIfNeeded: word)
    self[byte + 1] = UInt8(truncatingIfNeeded: word >> 8)
  }

  /// Sets every byte to zero.
  mutating func clear() { update(repeating: 0) }
}
