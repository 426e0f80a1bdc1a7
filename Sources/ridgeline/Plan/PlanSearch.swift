import CommandLineKit
import HardwareProfiles
import QuantizationFormats
import Reports
import Roofline
import TransformerModels
import Units

/// Tries every combination in question and says which work.
struct PlanSearch {
  /// One combination with its answers.
  struct Candidate {
    let model: TransformerModel
    let precision: Precision
    let profile: HardwareProfile
    let estimate: Estimate
    let longestContext: Int?
    let largestBatch: Int?
    let reachesTarget: Bool
    let weightBits: Double

    /// Whether it does what was asked.
    var works: Bool { estimate.memory.fits == true && reachesTarget }
  }

  private let command: PlanCommand
  let candidates: [Candidate]

  init(_ command: PlanCommand) throws {
    self.command = command
    let models = try ModelSelection.selections(command.model.isEmpty ? ["all"] : command.model)
    let profiles = try DeviceSelection.profiles(
      command.device.isEmpty ? ["all"] : command.device)
    let workload = try Self.workload(command)
    var candidates: [Candidate] = []
    for model in models {
      for precision in try Self.precisions(command, for: model) {
        let plan = model.plan(at: precision)
        for profile in profiles {
          let device = try PredictCommand.device(
            profile, precision.precision, threads: command.threads, memory: command.memory?.bytes)
          let estimator = try Estimator(plan: plan, device: device)
          candidates.append(Self.candidate(estimator, workload, command))
        }
      }
    }
    self.candidates = candidates
  }

  private static func workload(_ command: PlanCommand) throws -> Workload {
    do {
      return try Workload(
        batch: command.batch, prompt: 0, generate: 0, context: command.context)
    } catch { throw UsageError("\(error)") }
  }

  private static func precisions(
    _ command: PlanCommand, for model: ModelSelection
  ) throws -> [ChosenPrecision] {
    // A file is what it is; a catalog model may be had at any precision.
    let isOpen = command.precision.isEmpty && model.file == nil
    let names = isOpen ? PlanCommand.usualPrecisions : command.precision
    return try PrecisionSelection.choices(names, kvCache: command.kvPrecision, for: [model])[0]
  }

  private static func candidate(
    _ estimator: Estimator, _ workload: Workload, _ command: PlanCommand
  ) -> Candidate {
    let estimate = estimator.estimate(workload)
    let planner = Planner(estimator: estimator, targetTokensPerSecond: command.target)
    let limit = estimator.plan.model.maximumPositions ?? 1 << 20
    let perSequence = (estimate.decode?.bound.tokensPerSecond ?? 0) / Double(command.batch)
    return Candidate(
      model: estimator.plan.model, precision: estimator.plan.precision,
      profile: estimator.device.profile, estimate: estimate,
      longestContext: planner.longestContext(batch: command.batch, limit: limit),
      largestBatch: planner.largestBatch(context: command.context),
      reachesTarget: command.target.map { perSequence >= $0 } ?? true,
      weightBits: estimator.plan.weightBitsPerParameter)
  }

  // MARK: Output

  var table: Table<Candidate> {
    Table(
      columns: [
        .text("Model", key: "model") { $0.model.id },
        .text("Precision", key: "precision") { $0.precision.id },
        .text("Device", key: "device") { $0.profile.id },
        .number("Total", key: "total_bytes", style: .fixed("GB", per: 1e9)) {
          $0.estimate.memory.total.count
        },
        .boolean("Fits", key: "fits") { $0.estimate.memory.fits },
        .number(
          "Decode bound", key: "decode_bound_tokens_per_second", style: .fixed("tokens/s", per: 1)
        ) { $0.estimate.decode?.bound.tokensPerSecond.finite },
        .boolean("Works", key: "works") { $0.works },
        .integer("Longest context", key: "longest_context", digits: 20) { $0.longestContext },
        .integer("Largest batch", key: "largest_batch", digits: 20) { $0.largestBatch },
        .number("Price", key: "launch_price_usd", style: .fixed("USD at launch", per: 1)) {
          $0.profile.launchPrice?.value
        },
      ], rows: shown)
  }

  /// With one model and device all candidates; in a search those that work, fastest first.
  private var shown: [Candidate] {
    guard command.model.isEmpty || command.device.isEmpty else { return candidates }
    return candidates.filter(\.works).sorted {
      ($0.estimate.decode?.bound.tokensPerSecond ?? 0)
        > ($1.estimate.decode?.bound.tokensPerSecond ?? 0)
    }
  }

  var document: Document {
    Document([
      .heading("Plan", level: 1), .paragraph(question), .bullets(answers), .table(table.grid),
      .paragraph(
        "Works: fits and, at its bound, reaches the target. Longest context and largest batch hold"
          + " the other at what was asked."),
    ])
  }

  private var question: String {
    let target =
      command.target.map { ", at least \(Figures.tokensPerSecond($0)) for each" } ?? ""
    return "\(Figures.count(command.batch)) x \(Figures.count(command.context)) tokens of context"
      + "\(target)."
  }

  private var answers: [String] {
    let working = candidates.filter(\.works)
    guard !working.isEmpty else {
      let closest = candidates.max {
        ($0.estimate.memory.spare ?? .zero) < ($1.estimate.memory.spare ?? .zero)
      }
      let hint = closest.map { " The closest is \(name($0))." } ?? ""
      return ["Nothing works: of \(candidates.count) combinations none fits and is fast.\(hint)"]
    }
    var answers = ["\(working.count) of \(candidates.count) combinations work."]
    if let best = working.max(by: { $0.weightBits < $1.weightBits }), hasSeveral(\.precision.id) {
      answers.append("Best precision: \(name(best)).")
    }
    if hasSeveral(\.profile.id) { answers += deviceAnswers(working) }
    let bySize = { (left: Candidate, right: Candidate) in
      left.model.parameters < right.model.parameters
    }
    if hasSeveral(\.model.id), let largest = working.max(by: bySize) {
      answers.append("Largest model: \(name(largest)).")
    }
    return answers
  }

  private func deviceAnswers(_ working: [Candidate]) -> [String] {
    var answers: [String] = []
    let priced = working.compactMap { candidate in
      candidate.profile.launchPrice.map { (candidate, $0.value) }
    }
    if let cheapest = priced.min(by: { $0.1 < $1.1 }) {
      answers.append(
        "Cheapest device whose launch price is known: \(name(cheapest.0)),"
          + " \(Figures.number(cheapest.1)) US dollars.")
    }
    if let least = working.min(by: { bandwidth($0) < bandwidth($1) }) {
      answers.append("Device with the least bandwidth that works: \(name(least)).")
    }
    return answers
  }

  private func bandwidth(_ candidate: Candidate) -> Double {
    candidate.profile.bandwidth?.value ?? .infinity
  }

  private func hasSeveral(_ id: KeyPath<Candidate, String>) -> Bool {
    guard let first = candidates.first?[keyPath: id] else { return false }
    return candidates.contains { $0[keyPath: id] != first }
  }

  private func name(_ candidate: Candidate) -> String {
    let speed = candidate.estimate.decode.map {
      ", at most \(Figures.tokensPerSecond($0.bound.tokensPerSecond))"
    }
    return "\(candidate.model.id) \(candidate.precision.id) on \(candidate.profile.id)"
      + (speed ?? "")
  }
}
