import HardwareProfiles
import QuantizationFormats
import Roofline
import TransformerModels

/// Everything that one `predict` run computed, before any format.
struct Prediction {
  let selection: ModelSelection
  let precision: Precision
  let profile: HardwareProfile
  let estimator: Estimator
  let estimate: Estimate
  let expectation: Expectation?
  let generation: Generation?
  let offload: (host: HardwareProfile, result: Offload)?
  let fineTuning: (request: FineTuning, step: FineTuningStep)?

  var plan: OperationPlan { estimator.plan }
  var device: Device { estimator.device }

  /// The phase that the verdict is about: decode where there is one.
  var leadingPhase: PhaseEstimate? { estimate.decode ?? estimate.prefill }
}
