import HardwareProfiles
import QuantizationFormats
import Roofline
import TransformerModels
import Units

/// A run of a whole model that somebody measured.
struct ModelRun {
  /// What ran: as the source names it.
  let label: String
  let model: TransformerModel
  let precision: Precision
  let profile: HardwareProfile
  /// CPU threads, where the source says.
  let threads: Int?
  /// What was timed.
  let pass: Pass
  /// The engine, to group by.
  let engine: String
  let tokensPerSecond: Double
}

/// A measurement that cannot be predicted, and why.
struct UnpredictableRun: Error {
  let label: String
  let obstacle: String
}

/// Predicts whole models from the hardware alone.
struct RooflinePredictions: Predicting {
  /// Which of the estimates is compared.
  enum Figure: String, CaseIterable {
    /// The speed of light, which no measurement beats.
    case bound
    /// The sum over operations of the larger of compute and memory time.
    case roofline
  }

  let figure: Figure

  func seconds(for run: ModelRun) -> Double? {
    guard let phase = phase(run) else { return nil }
    switch figure {
    case .bound: return phase.bound.seconds.value
    case .roofline: return phase.roofline.seconds.value
    }
  }

  /// The speed of light for a run.
  func bound(for run: ModelRun) -> Double? { phase(run)?.bound.seconds.value }

  private func phase(_ run: ModelRun) -> PhaseEstimate? {
    let plan = OperationPlan(model: run.model, precision: run.precision)
    guard
      let device = try? Device(run.profile, precision: run.precision, threads: run.threads),
      let estimator = try? Estimator(plan: plan, device: device)
    else { return nil }
    let phase = estimator.estimate(run.pass)
    // Without a rate for the unit, a figure would be one of bytes alone.
    return phase.computeTime == nil ? nil : phase
  }
}

extension ModelRun {
  /// The run beside its prediction.
  func validated(by predictions: RooflinePredictions) -> ValidatedCase {
    let predicted = predictions.seconds(for: self)
    return ValidatedCase(
      label: label,
      groups: [
        ("format", precision.id), ("phase", pass.decodeSteps == nil ? "prefill" : "decode"),
        ("engine", engine), ("device", profile.id),
      ],
      measured: pass.sequences * pass.newTokens / tokensPerSecond, predicted: predicted,
      bound: predictions.bound(for: self),
      obstacle: predicted == nil
        ? "\(profile.id) has no rate for \(precision.id) at this thread count" : nil)
  }
}
