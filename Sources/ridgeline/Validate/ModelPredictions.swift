import Engines
import HardwareProfiles
import QuantizationFormats
import Roofline
import Units

/// Predicts whole models: what their engine is expected to reach, or the hardware alone.
struct ModelPredictions: Predicting {
  /// Which of the estimates is compared.
  enum Figure: String, CaseIterable {
    /// What the engine is expected to reach.
    case expected
    /// The sum over operations of the larger of compute and memory time.
    case roofline
    /// The speed of light, which no measurement beats.
    case bound
  }

  /// What was asked for; without it, what is expected where the engine is known, else the roofline.
  let figure: Figure?

  func seconds(for run: ModelRun) -> Double? { phase(run).flatMap { seconds(run, $0) } }

  /// The run beside its prediction.
  func validated(_ run: ModelRun) -> ValidatedCase {
    let phase = phase(run)
    let predicted = phase.flatMap { seconds(run, $0) }
    let name = run.precision.id
    return ValidatedCase(
      label: run.label,
      groups: [
        ("format", name), ("phase", run.pass.decodeSteps == nil ? "prefill" : "decode"),
        ("engine", run.engine), ("device", run.profile.id), ("figure", used(for: run).rawValue),
      ],
      measured: run.seconds, predicted: predicted,
      bound: phase.map { $0.1.bound.seconds.value / run.share },
      obstacle: predicted != nil
        ? nil
        : phase == nil
          ? "\(run.profile.id) has no rate for \(name) at this thread count"
          : "nothing is known of the engine '\(run.engine)'; --figure roofline asks for less")
  }

  private func used(for run: ModelRun) -> Figure {
    figure ?? (run.setting == nil ? .roofline : .expected)
  }

  private func phase(_ run: ModelRun) -> (OperationPlan, PhaseEstimate)? {
    let plan = OperationPlan(model: run.model, precision: run.precision)
    guard
      let device = try? Device(run.profile, precision: run.precision, threads: run.threads),
      let estimator = try? Estimator(plan: plan, device: device)
    else { return nil }
    let phase = estimator.estimate(run.pass)
    // Without a rate for the unit, a figure would be one of bytes alone.
    return phase.computeTime == nil ? nil : (plan, phase)
  }

  private func seconds(_ run: ModelRun, _ phase: (OperationPlan, PhaseEstimate)) -> Double? {
    switch used(for: run) {
    case .bound: phase.1.bound.seconds.value / run.share
    case .roofline: phase.1.roofline.seconds.value / run.share
    case .expected: expected(run, phase.0, phase.1).map { $0 / run.share }
    }
  }

  private func expected(
    _ run: ModelRun, _ plan: OperationPlan, _ phase: PhaseEstimate
  ) -> Double? {
    guard let setting = run.setting, let device = DeviceTraits(run.profile) else { return nil }
    let family = run.pass.decodeSteps == nil ? .prefill : setting.decodeFamily
    guard let constants = try? ConstantsCache.constants(family) else { return nil }
    let time = ExpectedTime(
      family, constants: constants, device: device, engine: setting,
      precision: PrecisionTraits(run.precision), threads: run.threads)
    let work = PassWork(phase, plan: plan, microBatch: setting.microBatch)
    return time.speed(work, tokens: phase.pass.tokens, bound: phase.bound.seconds.value).seconds
  }
}
