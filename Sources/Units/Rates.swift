/// A memory or link bandwidth, in bytes per second (one direction for links).
@frozen
public struct BytesPerSecond: Hashable, Comparable, Sendable {
  /// The number of bytes moved in a second.
  public var value: Double

  /// Creates a bandwidth from bytes per second.
  @inlinable
  public init(_ value: Double) { self.value = value }

  @inlinable
  public static func < (left: BytesPerSecond, right: BytesPerSecond) -> Bool {
    left.value < right.value
  }

  @inlinable
  public static func * (rate: BytesPerSecond, factor: Double) -> BytesPerSecond {
    BytesPerSecond(rate.value * factor)
  }
}

/// A compute rate, in operations per second; one fused multiply-add is two operations.
@frozen
public struct OperationsPerSecond: Hashable, Comparable, Sendable {
  /// The number of operations done in a second.
  public var value: Double

  /// Creates a rate from operations per second.
  @inlinable
  public init(_ value: Double) { self.value = value }

  @inlinable
  public static func < (left: OperationsPerSecond, right: OperationsPerSecond) -> Bool {
    left.value < right.value
  }

  @inlinable
  public static func * (rate: OperationsPerSecond, factor: Double) -> OperationsPerSecond {
    OperationsPerSecond(rate.value * factor)
  }

  /// The ridge point in operations per byte: below this intensity, memory is the limit.
  @inlinable
  public static func / (rate: OperationsPerSecond, bandwidth: BytesPerSecond) -> Double {
    rate.value / bandwidth.value
  }
}
