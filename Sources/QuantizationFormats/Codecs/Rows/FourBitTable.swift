/// A table of 16 values from -1 to 1 in which bitsandbytes looks up 4-bit codes.
public struct FourBitTable: Hashable, Sendable {
  /// The value of each code.
  public let values: [Float]

  /// The codes by ascending value, equal ones by code, and the middles between neighbours.
  private let order: [UInt8]
  private let middles: [Float]

  private init(values: [Float]) {
    self.values = values
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    self.order = order.map { UInt8($0) }
    middles = zip(order, order.dropFirst()).map { (values[$0] + values[$1]) / 2 }
  }

  /// NF4: quantiles of the normal distribution, ascending, 0 among them.
  public static let nf4 = FourBitTable(values: [
    -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
    -0.18477343022823334, -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725,
    0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
    0.7229568362236023, 1,
  ])

  /// FP4: a sign in bit 3, and eight magnitudes over 12.
  public static let fp4: FourBitTable = {
    let magnitudes: [Float] = [0, 0.0625, 8, 12, 4, 6, 2, 3].map { $0 / 12 }
    return FourBitTable(values: magnitudes + magnitudes.map { -$0 })
  }()

  /// The code of the value nearest to `value`; in the middle of two, the lower one's.
  ///
  /// FP4 has two zeros. As in bitsandbytes, what is a little above zero becomes the negative one.
  public func code(_ value: Float) -> UInt8 { order[middles.count { $0 < value }] }
}
