/// A number of arithmetic operations: FLOP for floating-point units, OP for integer units.
///
/// One multiply-accumulate is two operations.
@frozen
public struct OperationCount: Hashable, Comparable, Sendable {
  /// The number of operations.
  public var count: Double

  /// Creates a count of operations.
  @inlinable
  public init(_ count: Double) { self.count = count }

  /// No operations at all.
  @inlinable public static var zero: OperationCount { OperationCount(0) }

  /// The operations of a number of multiply-accumulates.
  @inlinable
  public static func multiplyAccumulates(_ macs: Double) -> OperationCount {
    OperationCount(2 * macs)
  }

  @inlinable
  public static func < (left: OperationCount, right: OperationCount) -> Bool {
    left.count < right.count
  }

  @inlinable
  public static func + (left: OperationCount, right: OperationCount) -> OperationCount {
    OperationCount(left.count + right.count)
  }

  @inlinable
  public static func += (left: inout OperationCount, right: OperationCount) {
    left.count += right.count
  }

  @inlinable
  public static func * (amount: OperationCount, factor: Double) -> OperationCount {
    OperationCount(amount.count * factor)
  }

  @inlinable
  public static func / (amount: OperationCount, divisor: Double) -> OperationCount {
    OperationCount(amount.count / divisor)
  }

  /// The arithmetic intensity in operations per byte.
  @inlinable
  public static func / (amount: OperationCount, traffic: Bytes) -> Double {
    amount.count / traffic.count
  }

  /// The time that doing these operations takes.
  @inlinable
  public static func / (amount: OperationCount, rate: OperationsPerSecond) -> Seconds {
    Seconds(amount.count / rate.value)
  }
}
