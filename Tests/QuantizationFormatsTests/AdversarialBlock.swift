import Testing

/// Weights that are hard on a format, or plain, under a name.
struct AdversarialBlock: Sendable, CustomTestStringConvertible {
  let name: String
  let weight: @Sendable (Int) -> Float

  init(_ name: String, _ weight: @escaping @Sendable (Int) -> Float) {
    self.name = name
    self.weight = weight
  }

  var testDescription: String { name }

  func weights(_ count: Int) -> [Float] { (0..<count).map(weight) }

  /// Blocks that every format can hold, to its own precision.
  static let ordinary: [AdversarialBlock] = [
    AdversarialBlock("all zero") { _ in 0 },
    AdversarialBlock("all negative zero") { _ in -0.0 },
    AdversarialBlock("one outlier") { $0 == 5 ? 7.5 : 0 },
    AdversarialBlock("one outlier over noise") { $0 == 5 ? -30 : noise($0) },
    AdversarialBlock("all equal") { _ in 0.3 },
    AdversarialBlock("all equal and negative") { _ in -0.3 },
    AdversarialBlock("largest is negative") { $0 == 9 ? -1 : Float($0 % 8) / 16 },
    AdversarialBlock("alternating sign") { $0.isMultiple(of: 2) ? 0.7 : -0.7 },
    AdversarialBlock("ramp") { Float($0 % 32 - 16) / 16 },
    AdversarialBlock("positive") { 1 + Float($0 % 7) / 7 },
    AdversarialBlock("half zero") { $0 % 64 < 32 ? 0 : noise($0) },
    AdversarialBlock("wide range") {
      noise($0) * Float(sign: .plus, exponent: -($0 / 16), significand: 1)
    },
    AdversarialBlock("near binary16's largest") { 60000 * noise($0) },
    AdversarialBlock("noise") { noise($0) },
    AdversarialBlock("noise about zero") { noise($0) * noise($0 + 1000) * 0.05 },
  ]

  /// Blocks whose scale is a subnormal binary16, or zero, or beyond its range.
  static let extreme: [AdversarialBlock] = [
    AdversarialBlock("small scale") { 1e-5 * noise($0) },
    AdversarialBlock("vanishing scale") { 1e-8 * noise($0) },
    AdversarialBlock("subnormal") { .leastNonzeroMagnitude * Float($0 % 16 - 8) },
    AdversarialBlock("greatest") { $0.isMultiple(of: 2) ? .greatestFiniteMagnitude : -1 },
    AdversarialBlock("large") { 1e12 * noise($0) },
  ]

  /// Blocks with something that is not a number, or not finite.
  static let notFinite: [AdversarialBlock] = [
    AdversarialBlock("one NaN") { $0 == 3 ? .nan : noise($0) },
    AdversarialBlock("NaN first") { $0 == 0 ? .nan : noise($0) },
    AdversarialBlock("all NaN") { _ in .nan },
    AdversarialBlock("infinity") { $0 == 3 ? .infinity : noise($0) },
    AdversarialBlock("negative infinity") { $0 == 3 ? -.infinity : noise($0) },
    AdversarialBlock("both infinities") { $0.isMultiple(of: 2) ? .infinity : -.infinity },
    AdversarialBlock("infinity and NaN") { $0.isMultiple(of: 2) ? .infinity : .nan },
  ]

  static let all = ordinary + extreme + notFinite

  /// A fixed number from -1 to 1 that looks random (SplitMix64).
  static func noise(_ index: Int) -> Float {
    var bits = UInt64(bitPattern: Int64(index)) &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678_9ABC_DEF1
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    bits ^= bits >> 31
    return Float(Int32(truncatingIfNeeded: bits >> 32)) / 0x1p31
  }
}
