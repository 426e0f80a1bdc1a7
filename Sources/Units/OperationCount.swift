/// A number of arithmetic operations: FLOP for floating-point units, OP for integer units.
///
/// One multiply-accumulate is two operations.
@frozen
public struct OperationCount: Quantity {
  /// The number of operations.
  public var value: Double

  /// Creates a count of operations.
  @inlinable
  public init(_ value: Double) { self.value = value }

  /// The number of operations.
  @inlinable public var count: Double { value }

  /// The operations of a number of multiply-accumulates.
  @inlinable
  public static func multiplyAccumulates(_ macs: Double) -> OperationCount {
    OperationCount(2 * macs)
  }

  /// The arithmetic intensity in operations per byte.
  @inlinable
  public static func / (amount: OperationCount, traffic: Bytes) -> Double {
    amount.value / traffic.value
  }

  /// The time that doing these operations takes.
  @inlinable
  public static func / (amount: OperationCount, rate: OperationsPerSecond) -> Seconds {
    Seconds(amount.value / rate.value)
  }
}
