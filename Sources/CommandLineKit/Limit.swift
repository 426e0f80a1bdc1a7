/// The values an option accepts beyond its type, with the words that say so.
public struct Limit<Value> {
  /// What a rejected value is told: "must be at least 1".
  public let message: String

  let accepts: (Value) -> Bool

  /// Accepts what `accepts` says; `message` completes the sentence "--batch 0: ...".
  public init(_ message: String, accepts: @escaping (Value) -> Bool) {
    self.message = message
    self.accepts = accepts
  }
}

extension Limit where Value: Comparable {
  /// Accepts `minimum` and everything greater.
  public static func atLeast(_ minimum: Value) -> Self {
    Limit("must be at least \(minimum)") { $0 >= minimum }
  }

  /// Accepts `maximum` and everything less.
  public static func atMost(_ maximum: Value) -> Self {
    Limit("must be at most \(maximum)") { $0 <= maximum }
  }

  /// Accepts what is strictly greater, as a rate must be greater than 0.
  public static func above(_ bound: Value) -> Self {
    Limit("must be greater than \(bound)") { $0 > bound }
  }

  /// Accepts both ends of the range and everything between.
  public static func between(_ minimum: Value, _ maximum: Value) -> Self {
    Limit("must be from \(minimum) to \(maximum)") { $0 >= minimum && $0 <= maximum }
  }
}
