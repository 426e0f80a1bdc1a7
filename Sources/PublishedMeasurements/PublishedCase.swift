public import HardwareProfiles
import QuantizationFormats
public import Roofline
import TransformerModels
public import Units

/// A published speed beside the bound that Ridgeline predicts for it.
public struct PublishedCase: Sendable {
  /// The row.
  public let row: PublishedRow
  /// The device.
  public let profile: HardwareProfile
  /// The model at the precision that comes closest from below.
  public let plan: OperationPlan
  /// The pass that was timed, priced.
  public let phase: PhaseEstimate
  /// The speed of light in tokens per second.
  public let bound: Double
  /// Whether the device has a rate for every matrix product; a bound on bytes alone says little.
  public var isComputeBounded: Bool { phase.computeTime != nil }
  /// All weights by the rules of the precision.
  public var weights: Bytes { plan.weights }
  /// The token embedding, which is the output head too where embeddings are tied.
  public var embedding: Bytes { plan.weightsByRole[.tokenEmbedding] ?? .zero }

  /// The measurement as a share of the bound.
  public var share: Double { row.tokensPerSecond / bound }
}

/// Every row of the table beside its bound.
public struct PublishedComparison: Sendable {
  /// The rows that could be compared.
  public private(set) var cases: [PublishedCase] = []
  /// Rows that could not be compared, each with the reason.
  public private(set) var problems: [String] = []

  /// The comparison, made once.
  public static let shared = Result { try PublishedComparison(rows: PublishedRow.all()) }

  private init(rows: [PublishedRow]) throws {
    let names = try PublishedNames()
    var plans = PlanCache()
    for row in rows {
      guard let profile = names.profile(row.device) else {
        problems.append("\(row.label): no profile has the alias '\(row.device)'")
        continue
      }
      do {
        let plan = try plans.plan(for: row)
        let device = try Device(profile, precision: plan.precision, threads: row.threads)
        let phase = try Estimator(plan: plan, device: device).estimate(row.pass)
        cases.append(
          PublishedCase(
            row: row, profile: profile, plan: plan, phase: phase,
            bound: phase.bound.tokensPerSecond * PublishedNames.share(of: row)))
      } catch {
        problems.append("\(row.label): \(error)")
      }
    }
  }
}

/// Plans by model and precision: some 200 for all rows.
private struct PlanCache {
  private struct Key: Hashable {
    let model: String
    let precision: Precision
  }

  private var models: [String: TransformerModel] = [:]
  private var plans: [Key: OperationPlan] = [:]

  mutating func plan(for row: PublishedRow) throws -> OperationPlan {
    let model = try models[row.model] ?? PublishedNames.model(row.model)
    models[row.model] = model
    let key = Key(model: row.model, precision: try PublishedNames.precision(of: row))
    let plan = plans[key] ?? OperationPlan(model: model, precision: key.precision)
    plans[key] = plan
    return plan
  }
}

extension PublishedRow {
  /// The pass that was timed: one decode step at the mean context, rounded down, or a prefill.
  ///
  /// A prefill row whose context is above one token ran after so many cached ones.
  public var pass: Pass {
    switch kind {
    case .decode: Pass(decodingAt: max(1, Int(meanContext)), sequences: batch)
    case .prefill:
      Pass(
        sequences: batch, newTokens: prompt ?? Int(meanContext),
        cachedBefore: (generatedOrContext ?? 0) > 1 ? generatedOrContext ?? 0 : 0)
    }
  }

  /// Tokens that the time of the pass is for.
  public var passTokens: Double { pass.tokens }

  /// Seconds of the pass.
  public var seconds: Double { passTokens / tokensPerSecond }
}
