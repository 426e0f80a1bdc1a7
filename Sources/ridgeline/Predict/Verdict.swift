import Reports
import Roofline
import Units

/// The one sentence that answers the question.
struct Verdict {
  let text: String

  /// Condenses a prediction: what limits it, whether it fits, how fast at most.
  init(_ prediction: Prediction) {
    guard let phase = prediction.leadingPhase else {
      text = "Nothing to do."
      return
    }
    let name = prediction.estimate.decode == nil ? "prefill" : "decode"
    let limit =
      switch phase.bound.limit {
      case .memory: "Memory bound"
      case .compute: "Compute bound"
      case .overhead: "Bound by the link"
      }
    let speed =
      phase.bound.tokensPerSecond.isFinite
      ? "at most \(Figures.tokensPerSecond(phase.bound.tokensPerSecond)) in \(name)"
      : "no limit known"
    text = "\(limit); \(Self.fit(prediction.estimate.memory)); \(speed)."
  }

  private static func fit(_ memory: MemoryFootprint) -> String {
    guard let spare = memory.spare else { return "memory size unknown" }
    return spare < .zero
      ? "does NOT fit, \(Figures.bytes(spare * -1)) short"
      : "fits with \(Figures.bytes(spare)) to spare"
  }
}
