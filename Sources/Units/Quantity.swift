/// An amount with a unit, stored in the base SI unit.
///
/// Amounts of one unit add up and compare; only dimensionally sensible products exist beyond that.
public protocol Quantity: Hashable, Comparable, Sendable {
  /// The amount in the base unit.
  var value: Double { get set }
  /// Creates an amount from a number of base units.
  init(_ value: Double)
}

extension Quantity {
  /// Nothing.
  @inlinable public static var zero: Self { Self(0) }

  /// Whether the first amount is smaller.
  @inlinable
  public static func < (left: Self, right: Self) -> Bool { left.value < right.value }

  /// The sum.
  @inlinable
  public static func + (left: Self, right: Self) -> Self { Self(left.value + right.value) }

  /// The difference.
  @inlinable
  public static func - (left: Self, right: Self) -> Self { Self(left.value - right.value) }

  /// Adds to an amount.
  @inlinable
  public static func += (left: inout Self, right: Self) { left.value += right.value }

  /// A multiple.
  @inlinable
  public static func * (amount: Self, factor: Double) -> Self { Self(amount.value * factor) }

  /// A part.
  @inlinable
  public static func / (amount: Self, divisor: Double) -> Self { Self(amount.value / divisor) }

  /// The ratio of two amounts, a pure number.
  @inlinable
  public static func / (left: Self, right: Self) -> Double { left.value / right.value }
}
