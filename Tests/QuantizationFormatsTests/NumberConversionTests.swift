import QuantizationFormats
import Testing

@Suite("Conversions of small floating-point numbers")
struct NumberConversionTests {
  @Test("Every binary16 decodes as defined and encodes to itself")
  func binary16() {
    var wrong: [UInt16] = []
    for bits in 0...UInt16.max {
      let value = Binary16.decode(bits)
      let quiet = value.isNaN ? bits | 0x0200 : bits
      if !isSame(value, naive(bits)) || Binary16.encode(value) != quiet { wrong.append(bits) }
    }
    #expect(wrong.isEmpty)
  }

  @Test("Numbers between two binary16 go to the nearer one, and to the even one from the middle")
  func binary16Rounding() {
    var wrong: [UInt16] = []
    for bits in 0..<UInt16(0x7C00) {
      let lower = Binary16.decode(bits)
      // 65536 would follow the largest number.
      let upper = bits == 0x7BFF ? 65536 : Binary16.decode(bits + 1)
      let middle = (lower + upper) / 2
      let even = bits.isMultiple(of: 2) ? bits : bits + 1
      let isRight =
        Binary16.encode(middle) == even && Binary16.encode(middle.nextDown) == bits
        && Binary16.encode(middle.nextUp) == bits + 1
        && Binary16.encode(-middle) == even | 0x8000
      if !isRight { wrong.append(bits) }
    }
    #expect(wrong.isEmpty)
    #expect(Binary16.encode(.greatestFiniteMagnitude) == 0x7C00)
    #expect(Binary16.encode(-.leastNonzeroMagnitude) == 0x8000)
    #expect(Binary16.encode(.nan) == 0x7E00)
  }

  #if !(os(macOS) && arch(x86_64))
    @Test("Conversions agree with the standard library's")
    func standardLibrary() {
      var wrong: [UInt32] = []
      for bits in 0...UInt16.max {
        let expected = Float(Float16(bitPattern: bits))
        if !isSame(Binary16.decode(bits), expected) { wrong.append(UInt32(bits)) }
        // Binary32 whose upper half is these bits, with a lower half that looks random.
        let value = Float(bitPattern: UInt32(bits) << 16 | UInt32(bits &* 40503))
        if !value.isNaN, Binary16.encode(value) != Float16(value).bitPattern {
          wrong.append(value.bitPattern)
        }
      }
      #expect(wrong.isEmpty)
    }
  #endif

  @Test("Every bfloat16 is the upper half of a binary32, and rounds to even")
  func brainFloat16() {
    var wrong: [UInt16] = []
    for bits in 0...UInt16.max {
      let value = BrainFloat16.decode(bits)
      let encoded = BrainFloat16.encode(value)
      if value.bitPattern != UInt32(bits) << 16 { wrong.append(bits) }
      if encoded != (value.isNaN ? bits | 0x40 : bits) { wrong.append(bits) }
      guard value.isFinite else { continue }
      let middle = Float(bitPattern: UInt32(bits) << 16 | 0x8000)
      if BrainFloat16.encode(middle) != (bits.isMultiple(of: 2) ? bits : bits + 1) {
        wrong.append(bits)
      }
    }
    #expect(wrong.isEmpty)
  }

  @Test("E8M0 is a power of two")
  func powersOfTwo() {
    for bits in 0..<UInt8.max {
      let value = Float(sign: .plus, exponent: Int(bits) - 127, significand: 1)
      #expect(E8M0.decode(bits) == value)
      #expect(E8M0.decodeHalf(bits) == value / 2)
      #expect(E8M0.floor(value) == bits)
      if bits > 0 { #expect(E8M0.floor(value.nextDown) == bits - 1) }
    }
    #expect(E8M0.floor(0) == 0 && E8M0.floor(.nan) == 254 && E8M0.floor(.infinity) == 254)
  }

  @Test("UE4M3 decodes as defined and encodes to the nearest, except near the largest")
  func unsignedFloats() {
    for bits in 0..<UInt8(0x7F) {
      let exponent = max(Int(bits) >> 3, 1) - 7
      let mantissa = Float(bits & 7) / 8 + (bits < 8 ? 0 : 1)
      let value = Float(sign: .plus, exponent: exponent, significand: mantissa)
      #expect(UE4M3.decode(bits) == value)
      // ggml's shortcut from 256 on.
      #expect(UE4M3.encode(value) == (bits < 0x78 ? bits : 0x7E))
      guard bits < 0x77, bits != 7 else { continue }
      let middle = (value + UE4M3.decode(bits + 1)) / 2
      #expect(UE4M3.encode(middle) == bits + 1)
      // Adding a half rounds the number just below 2^-10 up, in ggml too.
      if bits > 0 { #expect(UE4M3.encode(middle.nextDown) == bits) }
    }
    #expect(UE4M3.decode(0x7F) == 0)
    // ggml's subnormal numbers do not round up to 2^-6.
    #expect(UE4M3.encode(Float(0x1p-6).nextDown) == 7)
    for value: Float in [-1, 0, .nan, -.infinity] { #expect(UE4M3.encode(value) == 0) }
    for value: Float in [248, 300, 1e9, .infinity] { #expect(UE4M3.encode(value) == 0x7E) }
  }

  /// The definition of binary16, in `Double`.
  private func naive(_ bits: UInt16) -> Float {
    let sign: Double = bits & 0x8000 == 0 ? 1 : -1
    let (exponent, fraction) = (Int(bits >> 10 & 31), Double(bits & 1023) / 1024)
    if exponent == 31 { return fraction == 0 ? Float(sign) * .infinity : .nan }
    let significand = exponent == 0 ? fraction : 1 + fraction
    return Float(
      sign * significand * Double(sign: .plus, exponent: max(exponent, 1) - 15, significand: 1))
  }

  private func isSame(_ left: Float, _ right: Float) -> Bool {
    left.bitPattern == right.bitPattern || left.isNaN && right.isNaN
  }
}
