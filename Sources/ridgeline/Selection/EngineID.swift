/// Engines whose speed can be predicted.
enum EngineID: String, CaseIterable {
  /// The hardware alone: no engine losses.
  case roofline

  /// What the engine stands for.
  var summary: String {
    switch self {
    case .roofline:
      "limits of the hardware alone, without engine losses: a bound and a per-operation roofline"
    }
  }
}
