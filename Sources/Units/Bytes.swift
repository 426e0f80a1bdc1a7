/// An amount of memory or traffic, in bytes.
///
/// Stored as a `Double`: exact for every whole number of bytes below 2^53, and able to hold the
/// fractional averages that an analytic model produces.
@frozen
public struct Bytes: Hashable, Comparable, Sendable {
  /// The number of bytes.
  public var count: Double

  /// Creates an amount from a number of bytes.
  @inlinable
  public init(_ count: Double) { self.count = count }

  /// Creates an amount from a whole number of bytes.
  @inlinable
  public init(_ count: Int) { self.count = Double(count) }

  /// No bytes at all.
  @inlinable public static var zero: Bytes { Bytes(0.0) }

  /// A number of gigabytes, 10^9 bytes each.
  @inlinable
  public static func gigabytes(_ value: Double) -> Bytes { Bytes(value * 1e9) }

  /// A number of gibibytes, 2^30 bytes each.
  @inlinable
  public static func gibibytes(_ value: Double) -> Bytes { Bytes(value * 1_073_741_824) }

  /// The amount in units of 10^9 bytes.
  @inlinable public var gigabytes: Double { count / 1e9 }

  /// The amount in units of 2^30 bytes.
  @inlinable public var gibibytes: Double { count / 1_073_741_824 }

  @inlinable
  public static func < (left: Bytes, right: Bytes) -> Bool { left.count < right.count }

  @inlinable
  public static func + (left: Bytes, right: Bytes) -> Bytes { Bytes(left.count + right.count) }

  @inlinable
  public static func - (left: Bytes, right: Bytes) -> Bytes { Bytes(left.count - right.count) }

  @inlinable
  public static func += (left: inout Bytes, right: Bytes) { left.count += right.count }

  @inlinable
  public static func * (amount: Bytes, factor: Double) -> Bytes { Bytes(amount.count * factor) }

  @inlinable
  public static func * (factor: Double, amount: Bytes) -> Bytes { Bytes(amount.count * factor) }

  /// The ratio of two amounts, a pure number.
  @inlinable
  public static func / (left: Bytes, right: Bytes) -> Double { left.count / right.count }

  @inlinable
  public static func / (amount: Bytes, divisor: Double) -> Bytes { Bytes(amount.count / divisor) }

  /// The time that moving these bytes takes.
  @inlinable
  public static func / (amount: Bytes, rate: BytesPerSecond) -> Seconds {
    Seconds(amount.count / rate.value)
  }
}
