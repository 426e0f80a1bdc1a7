public import Engines
import HardwareProfiles
import QuantizationFormats
import Roofline
import TransformerModels
import Units

/// The rows of the table as observations, family by family.
public struct PublishedObservations: Sendable {
  /// A row with its observation.
  public struct Pair: Sendable {
    /// The row beside its bound.
    public let published: PublishedCase
    /// What the fit sees of it.
    public let observation: Observation
  }

  /// Observations by family, in the order of the table.
  public let pairs: [EngineFamily: [Pair]]

  /// Sorts `cases` into families; rows with a batch are left out.
  public init(_ cases: [PublishedCase]) {
    var pairs: [EngineFamily: [Pair]] = [:]
    for published in cases where published.row.batch == 1 {
      guard let device = DeviceTraits(published.profile),
        let engine = PublishedEngines.setting(of: published.row, isCPU: device.isCPU)
      else { continue }
      for family in Self.families(of: published.row, engine: engine) {
        guard let seconds = Self.seconds(of: published, family: family) else { continue }
        let row = published.row
        let work = PassWork(
          published.phase, plan: published.plan, microBatch: engine.microBatch)
        let observation = Observation(
          family: family, device: device, engine: engine,
          precision: PrecisionTraits(published.plan.precision),
          work: row.hasSeveralTokens ? work.attendingTogether : work,
          threads: row.threads, isNUMAImpaired: row.isNUMAImpaired,
          seconds: seconds * PublishedNames.share(of: row), trust: Self.trust(row, family),
          deviceID: published.profile.id, model: published.plan.model.id,
          cluster: "\(published.profile.id) \(row.build)",
          label: row.label, hasSeveralTokens: row.hasSeveralTokens)
        pairs[family, default: []].append(Pair(published: published, observation: observation))
      }
    }
    self.pairs = pairs
  }

  /// The observations of `family`.
  public func observations(_ family: EngineFamily) -> [Observation] {
    (pairs[family] ?? []).map(\.observation)
  }

  private static func families(
    of row: PublishedRow, engine: EngineSetting
  ) -> [EngineFamily] {
    if row.hasSeveralTokens { return [.llamaCppDecode] }
    if row.kind == .prefill { return [engine.prefillFamily] }
    switch row.subset {
    case "A-llamacpp-gpu":
      // NVIDIA's rows of llama.cpp anchor the devices for engines with few rows of their own.
      return engine.key == "cuda" ? [.llamaCppDecode, .fusedDecode] : [.llamaCppDecode]
    case "B-engine-gpu", "B-engine-gpu(incl. prefill)": return [engine.decodeFamily]
    case "X-launch-overhead-bound": return [.eagerDecode]
    case "C-cpu-saturated", "C2-cpu-compute-bound-formats", "X-cpu-fewer-threads":
      return [.cpuDecode]
    default: return []
    }
  }

  /// How far rows are trusted by where they were read.
  private static func trust(_ row: PublishedRow, _ family: EngineFamily) -> Double {
    let known = [
      "primary": 1.0, "secondary-2x": 0.7, "primary-copy": 0.5, "secondary": 0.4, "gathered": 0.3,
    ]
    return known[row.provenance] ?? 0.4
  }

  /// Seconds of the pass; `nil` where too much of the time is something else.
  private static func seconds(
    of published: PublishedCase, family: EngineFamily
  ) -> Double? {
    let row = published.row
    let includesPrefill =
      row.subset.hasSuffix("(incl. prefill)")
      || (family == .eagerDecode && row.version.hasPrefix("Qwen"))
    guard includesPrefill, let prompt = row.prompt, prompt > 64 else { return row.seconds }
    // The speed of these rows is generated tokens over the whole time; only short prompts leave
    // enough of it to decode, and prefill is taken off at 0.6 of the bound's rate.
    guard prompt <= 6144, let generated = row.generatedOrContext,
      let device = try? Device(published.profile, precision: published.plan.precision),
      let estimator = try? Estimator(plan: published.plan, device: device)
    else { return nil }
    let prefill = estimator.estimate(Pass(sequences: 1, newTokens: prompt, cachedBefore: 0))
    let rest = row.seconds - prefill.bound.seconds.value / 0.6 / Double(generated)
    return rest > row.seconds / 2 ? rest : nil
  }
}
