/// A measured time beside its prediction, with the words that cases are grouped by.
struct ValidatedCase {
  /// What was measured.
  let label: String
  /// The properties to group by, such as format and tokens, in the order of the report.
  let groups: [(property: String, value: String)]
  /// The measured time in seconds.
  let measured: Double
  /// The predicted time in seconds; `nil` where there is none.
  let predicted: Double?
  /// The time that nothing can beat, where it is known.
  var bound: Double?
  /// Why there is no prediction.
  var obstacle: String?

  /// Predicted over measured, less one.
  var error: Double? { predicted.map { $0 / measured - 1 } }

  /// Whether the measurement is faster than possible.
  var beatsBound: Bool { bound.map { measured < $0 } ?? false }
}
