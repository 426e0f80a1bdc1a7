/// A duration, in seconds.
@frozen
public struct Seconds: Hashable, Comparable, Sendable {
  /// The number of seconds.
  public var value: Double

  /// Creates a duration from a number of seconds.
  @inlinable
  public init(_ value: Double) { self.value = value }

  /// No time at all.
  @inlinable public static var zero: Seconds { Seconds(0) }

  /// The duration in units of 10^-3 seconds.
  @inlinable public var milliseconds: Double { value * 1e3 }

  @inlinable
  public static func < (left: Seconds, right: Seconds) -> Bool { left.value < right.value }

  @inlinable
  public static func + (left: Seconds, right: Seconds) -> Seconds {
    Seconds(left.value + right.value)
  }

  @inlinable
  public static func - (left: Seconds, right: Seconds) -> Seconds {
    Seconds(left.value - right.value)
  }

  @inlinable
  public static func += (left: inout Seconds, right: Seconds) { left.value += right.value }

  @inlinable
  public static func * (duration: Seconds, factor: Double) -> Seconds {
    Seconds(duration.value * factor)
  }

  @inlinable
  public static func / (duration: Seconds, divisor: Double) -> Seconds {
    Seconds(duration.value / divisor)
  }

  /// The ratio of two durations, a pure number.
  @inlinable
  public static func / (left: Seconds, right: Seconds) -> Double { left.value / right.value }
}
