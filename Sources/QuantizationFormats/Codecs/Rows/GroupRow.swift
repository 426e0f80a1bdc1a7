// Rows of groups that have a scale of their own, as kernels take them: the integers of GPTQ, AWQ and
// OmniQuant in groups of 128, and bitsandbytes' blocks of 64 where rows are whole blocks.

/// A group of integer codes of one row: `weight = scale (code - zero)`.
///
/// Kernels read the codes as a little-endian stream of bits, the f16 scale, and the zero in a byte.
public struct CodeGroup: Hashable, Sendable {
  /// Codes in a group that kernels take.
  public static let size = 128

  /// From 0 to 2^bits - 1.
  public var codes: [UInt8]
  /// Rounded to binary16 when it is stored.
  public var scale: Float
  /// From 0 to 15.
  public var zero: UInt8

  /// A group from its parts.
  public init(codes: [UInt8], scale: Float, zero: UInt8) {
    self.codes = codes
    self.scale = scale
    self.zero = zero
  }

  /// Rounds weights to GPTQ's asymmetric grid, which reaches from the least to the largest and
  /// always has a 0.
  init(quantizing weights: ArraySlice<Float>, bits: Int) {
    var (lower, upper) = weights.reduce((Float(0), Float(0))) { (min($0.0, $1), max($0.1, $1)) }
    if lower == upper { (lower, upper) = (-1, 1) }
    let top = Float(1 << bits - 1)
    let scale = Binary16.decode(Binary16.encode((upper - lower) / top))
    let factor = reciprocal(scale)
    let zero = nearestEven(-lower * factor, 0, top)
    self.init(
      codes: weights.map { UInt8(nearestEven($0 * factor + zero, 0, top)) }, scale: scale,
      zero: UInt8(zero))
  }

  /// Appends the bytes that kernels read.
  public func append(to bytes: inout [UInt8], bits: Int) {
    var packed = [UInt8](repeating: 0, count: codes.count * bits / 8)
    for (index, code) in codes.enumerated() {
      let wide = UInt16(code) << UInt16(index * bits % 8)
      packed[index * bits / 8] |= UInt8(truncatingIfNeeded: wide)
      if wide > 255 { packed[index * bits / 8 + 1] |= UInt8(wide >> 8) }
    }
    let half = Binary16.encode(scale)
    bytes += packed + [UInt8(truncatingIfNeeded: half), UInt8(half >> 8), zero]
  }

  /// Reads what ``append(to:bits:)`` wrote from `first` on.
  public init(_ bytes: [UInt8], at first: Int, bits: Int) {
    let end = first + Self.size * bits / 8
    let half = UInt16(bytes[end]) | UInt16(bytes[end + 1]) << 8
    self.init(
      codes: (0..<Self.size).map { index in
        let bit = index * bits
        let place = first + bit / 8
        let next = place + 1 < end ? UInt16(bytes[place + 1]) << 8 : 0
        let wide = UInt16(bytes[place]) | next
        return UInt8(truncatingIfNeeded: wide >> UInt16(bit % 8)) & (1 << UInt8(bits) - 1)
      }, scale: Binary16.decode(half), zero: bytes[end + 2])
  }

  /// What the codes stand for.
  public var values: [Float] { codes.map { scale * Float(Int($0) - Int(zero)) } }
}

extension StorageFormat {
  /// Integers with an f16 scale and a zero per 128, for which there are kernels.
  public static let integerGroups: [StorageFormat] = [4, 3, 2].map {
    .integer(bits: $0, group: CodeGroup.size)
  }

  /// The width of the codes of one of ``integerGroups``; `nil` for another format.
  public var integerGroupBits: Int? {
    Self.integerGroups.contains(self) ? layout.bitsPerBlock : nil
  }

  /// The table of `nf4` and `fp4`; `nil` for another format.
  public var fourBitTable: FourBitTable? { self == .nf4 ? .nf4 : self == .fp4 ? .fp4 : nil }

  /// How many weights of a row a kernel's rows must be a multiple of.
  public var weightsPerRowUnit: Int {
    if integerChannelBits != nil { return ChannelRow.unit }
    return integerGroupBits == nil ? layout.weightsPerBlock : CodeGroup.size
  }

  /// Packs whole rows of a format of groups.
  func packGroups(_ weights: [Float]) -> [UInt8] {
    var bytes: [UInt8] = []
    let size = weightsPerRowUnit
    for first in stride(from: 0, to: weights.count, by: size) {
      let part = weights[first..<first + size]
      if let bits = integerGroupBits {
        CodeGroup(quantizing: part, bits: bits).append(to: &bytes, bits: bits)
      } else if let table = fourBitTable {
        let maximum = part.reduce(0) { max($0, abs($1)) }
        for byte in 0..<4 {
          bytes.append(UInt8(truncatingIfNeeded: maximum.bitPattern >> UInt32(8 * byte)))
        }
        let codes = part.map { table.code($0 * reciprocal(maximum)) }
        bytes += stride(from: 0, to: size, by: 2).map { codes[$0] << 4 | codes[$0 + 1] }
      }
    }
    return bytes
  }

  /// Unpacks rows of a format of groups; `nil` for another size.
  func unpackGroups(_ bytes: [UInt8]) -> [Float]? {
    if let bits = integerGroupBits {
      let size = CodeGroup.size * bits / 8 + 3
      guard bytes.count.isMultiple(of: size) else { return nil }
      return stride(from: 0, to: bytes.count, by: size).flatMap {
        CodeGroup(bytes, at: $0, bits: bits).values
      }
    }
    guard let table = fourBitTable, bytes.count.isMultiple(of: 36) else { return nil }
    return stride(from: 0, to: bytes.count, by: 36).flatMap { first in
      let maximum = bytes.span.float(at: first)
      return (0..<64).map { index in
        let byte = bytes[first + 4 + index / 2]
        return table.values[Int(index.isMultiple(of: 2) ? byte >> 4 : byte & 15)] * maximum
      }
    }
  }
}
