/// A memory or link bandwidth, in bytes per second (one direction for links).
@frozen
public struct BytesPerSecond: Quantity {
  /// The number of bytes moved in a second.
  public var value: Double

  /// Creates a bandwidth from bytes per second.
  @inlinable
  public init(_ value: Double) { self.value = value }
}

/// A compute rate, in operations per second; one fused multiply-add is two operations.
@frozen
public struct OperationsPerSecond: Quantity {
  /// The number of operations done in a second.
  public var value: Double

  /// Creates a rate from operations per second.
  @inlinable
  public init(_ value: Double) { self.value = value }

  /// The ridge point in operations per byte: below this intensity, memory is the limit.
  @inlinable
  public static func / (rate: OperationsPerSecond, bandwidth: BytesPerSecond) -> Double {
    rate.value / bandwidth.value
  }
}
