/// A row of unsigned codes with a scale and a zero point: `weight = scale (code - zero)`, as OmniQuant has
/// them in W4A4 and W6A6; or of signed 8-bit codes with a scale alone, for activations with a zero.
///
/// Kernels read the codes as a little-endian stream of bits, then an f16 scale and an int16 zero, or of 8
/// bits an f32 scale.
public struct ChannelRow: Hashable, Sendable {
  /// Codes of a row come in multiples of this.
  public static let unit = 16

  /// From 0 to 2^bits - 1; of 8 bits, what two's complement makes of -127...127.
  public var codes: [UInt8]
  /// Below 8 bits rounded to binary16 when it is stored.
  public var scale: Float
  /// The code that stands for 0; not of 8 bits.
  public var zero: Int16

  /// A row from its parts.
  public init(codes: [UInt8], scale: Float, zero: Int16 = 0) {
    self.codes = codes
    self.scale = scale
    self.zero = zero
  }

  /// Rounds weights to the nearest codes: below 8 bits from the least to the largest, of 8 bits around 0.
  init(quantizing weights: [Float], bits: Int) {
    guard bits < 8 else {
      let row = Int8Row(quantizing: weights)
      self.init(codes: row.codes.map { UInt8(bitPattern: $0) }, scale: row.scale)
      return
    }
    let (lower, upper) = weights.reduce((Float.infinity, -Float.infinity)) {
      (min($0.0, $1), max($0.1, $1))
    }
    let top = Float(1 << bits - 1)
    let scale = Binary16.decode(Binary16.encode(max((upper - lower) / top, 1e-5)))
    let zero = nearestEven(-lower / scale, -1e4, 1e4)
    self.init(
      codes: weights.map { UInt8(max(0, min(top, nearestEven($0 / scale, -1e6, 1e6) + zero))) },
      scale: scale, zero: Int16(zero))
  }

  /// Appends the bytes that kernels read.
  public func append(to bytes: inout [UInt8], bits: Int) {
    var packed = [UInt8](repeating: 0, count: codes.count * bits / 8)
    for (index, code) in codes.enumerated() {
      let wide = UInt16(code) << UInt16(index * bits % 8)
      packed[index * bits / 8] |= UInt8(truncatingIfNeeded: wide)
      if wide > 255 { packed[index * bits / 8 + 1] |= UInt8(wide >> 8) }
    }
    bytes += packed
    if bits == 8 {
      for byte in 0..<4 {
        bytes.append(UInt8(truncatingIfNeeded: scale.bitPattern >> UInt32(8 * byte)))
      }
    } else {
      let words = [Binary16.encode(scale), UInt16(bitPattern: zero)]
      for word in words { bytes += [UInt8(truncatingIfNeeded: word), UInt8(word >> 8)] }
    }
  }

  /// Reads what ``append(to:bits:)`` wrote from `first` on.
  init(_ bytes: [UInt8], at first: Int, columns: Int, bits: Int) {
    let end = first + columns * bits / 8
    let codes = (0..<columns).map { index -> UInt8 in
      let bit = index * bits
      let place = first + bit / 8
      let wide = UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8
      return UInt8(truncatingIfNeeded: wide >> UInt16(bit % 8)) & UInt8((1 << bits) - 1)
    }
    guard bits < 8 else {
      self.init(codes: codes, scale: bytes.span.float(at: end))
      return
    }
    let words = [0, 2].map { UInt16(bytes[end + $0]) | UInt16(bytes[end + $0 + 1]) << 8 }
    self.init(
      codes: codes, scale: Binary16.decode(words[0]), zero: Int16(bitPattern: words[1]))
  }

  /// What the codes stand for.
  func values(bits: Int) -> [Float] {
    codes.map {
      scale * Float(bits == 8 ? Int(Int8(bitPattern: $0)) : Int($0) - Int(zero))
    }
  }
}

extension StorageFormat {
  /// Rows of integers with a scale and a zero point, or the sum of their codes, for which there are kernels.
  public static let integerChannels: [StorageFormat] = [
    .integerPerChannel(bits: 4, zeroBits: 16), .integerPerChannel(bits: 6, zeroBits: 16),
    .int8RowSum,
  ]

  /// The width of the codes of one of ``integerChannels``; `nil` for another format.
  public var integerChannelBits: Int? {
    Self.integerChannels.contains(self) ? layout.bitsPerBlock : nil
  }

  /// Packs whole rows of a format of channels.
  func packChannels(_ weights: [Float], columns: Int, bits: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    for first in stride(from: 0, to: weights.count, by: columns) {
      ChannelRow(quantizing: Array(weights[first..<first + columns]), bits: bits)
        .append(to: &bytes, bits: bits)
    }
    return bytes
  }

  /// Unpacks rows of a format of channels; `nil` for another size.
  func unpackChannels(_ bytes: [UInt8], columns: Int, bits: Int) -> [Float]? {
    let size = columns * bits / 8 + 4
    guard columns > 0, columns.isMultiple(of: ChannelRow.unit), bytes.count.isMultiple(of: size)
    else { return nil }
    return stride(from: 0, to: bytes.count, by: size).flatMap {
      ChannelRow(bytes, at: $0, columns: columns, bits: bits).values(bits: bits)
    }
  }
}
