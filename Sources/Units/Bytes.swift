/// An amount of memory or traffic, in bytes.
///
/// Stored as a `Double`: exact for every whole number of bytes below 2^53, and able to hold the
/// fractional averages that an analytic model produces.
@frozen
public struct Bytes: Quantity {
  /// The number of bytes.
  public var value: Double

  /// Creates an amount from a number of bytes.
  @inlinable
  public init(_ value: Double) { self.value = value }

  /// Creates an amount from a whole number of bytes.
  @inlinable
  public init(_ count: Int) { self.value = Double(count) }

  /// The number of bytes.
  @inlinable public var count: Double { value }

  /// A number of gigabytes, 10^9 bytes each.
  @inlinable
  public static func gigabytes(_ value: Double) -> Bytes { Bytes(value * 1e9) }

  /// A number of gibibytes, 2^30 bytes each.
  @inlinable
  public static func gibibytes(_ value: Double) -> Bytes { Bytes(value * 1_073_741_824) }

  /// The amount in units of 10^9 bytes.
  @inlinable public var gigabytes: Double { value / 1e9 }

  /// The amount in units of 2^30 bytes.
  @inlinable public var gibibytes: Double { value / 1_073_741_824 }

  /// The time that moving these bytes takes.
  @inlinable
  public static func / (amount: Bytes, rate: BytesPerSecond) -> Seconds {
    Seconds(amount.value / rate.value)
  }
}
