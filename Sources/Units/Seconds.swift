/// A duration, in seconds.
@frozen
public struct Seconds: Quantity {
  /// The number of seconds.
  public var value: Double

  /// Creates a duration from a number of seconds.
  @inlinable
  public init(_ value: Double) { self.value = value }

  /// The duration in units of 10^-3 seconds.
  @inlinable public var milliseconds: Double { value * 1e3 }
}
