/// Measurements of one quantity, in the order in which they were taken.
public struct Samples: Equatable, Sendable {
  /// The raw values.
  public private(set) var values: [Double]

  /// These values.
  public init(_ values: [Double] = []) { self.values = values }

  /// Takes one more.
  public mutating func append(_ value: Double) { values.append(value) }

  /// How many there are.
  public var count: Int { values.count }

  /// The smallest; `nil` without values.
  public var minimum: Double? { values.min() }

  /// The middle value, or the mean of the two middle ones; `nil` without values.
  public var median: Double? { percentile(50) }

  /// The value below which `percent` of the values lie, 0 to 100, interpolated linearly between
  /// neighbours (Hyndman and Fan's definition 7); `nil` without values.
  public func percentile(_ percent: Double) -> Double? {
    Self.percentile(percent, ofSorted: values.sorted())
  }

  /// The median of `values`, which are in order afterwards.
  static func median(sorting values: inout [Double]) -> Double? {
    values.sort()
    return percentile(50, ofSorted: values)
  }

  static func percentile(_ percent: Double, ofSorted sorted: [Double]) -> Double? {
    guard let last = sorted.indices.last else { return nil }
    let position = min(max(percent, 0), 100) / 100 * Double(last)
    let below = Int(position)
    let above = min(below + 1, last)
    let weight = position - Double(below)
    return weight == 0 ? sorted[below] : sorted[below] * (1 - weight) + sorted[above] * weight
  }

  /// The median distance from the median; `nil` without values.
  public var medianAbsoluteDeviation: Double? {
    guard let median else { return nil }
    return Samples(values.map { abs($0 - median) }).median
  }

  /// The median absolute deviation as a share of the median; `nil` without values or around zero.
  public var relativeDeviation: Double? {
    guard let median, median != 0, let deviation = medianAbsoluteDeviation else { return nil }
    return deviation / abs(median)
  }
}
