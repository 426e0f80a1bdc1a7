import CommandLineKit
import HardwareProfiles
import QuantizationFormats
import Reports
import Roofline
import TransformerModels

/// The combinations of a comparison, checked before the first is computed.
struct ComparisonGrid {
  private let selections: [ModelSelection]
  private let precisions: [[ChosenPrecision]]
  private let profiles: [HardwareProfile]
  private let workloads: [Workload]
  private let threads: Int?
  private let engine: EngineSelection

  init(_ command: CompareCommand) throws {
    guard !command.model.isEmpty else {
      throw UsageError("--model is missing; give model ids or paths, or 'all'")
    }
    guard !command.device.isEmpty else {
      throw UsageError("--device is missing; give device ids or paths, or 'all'")
    }
    selections = try ModelSelection.selections(command.model)
    precisions = try PrecisionSelection.choices(
      command.precision, kvCache: command.kvPrecision, for: selections)
    profiles = try DeviceSelection.profiles(command.device)
    threads = command.threads
    engine = try EngineSelection(command.engine)
    let contexts: [Int?] = command.context.isEmpty ? [nil] : command.context
    workloads = try command.batch.flatMap { batch in
      try contexts.map { context in
        do {
          return try Workload(
            batch: batch, prompt: command.prompt, generate: command.generate, context: context)
        } catch { throw UsageError("\(error)") }
      }
    }
  }

  /// How many rows there are.
  var count: Int {
    precisions.reduce(0) { $0 + $1.count } * profiles.count * workloads.count
  }

  /// Computes every row in order; only one model is held at a time.
  func forEachRow(console: Console, _ body: (ComparisonRow) throws -> Void) throws {
    var progress = ProgressBar(total: count, console: console)
    // Constants do not depend on the model: each device and precision is prepared once.
    var expecters: [String: Expecter?] = [:]
    for (selection, choices) in zip(selections, precisions) {
      for choice in choices {
        let plan = selection.plan(at: choice)
        for profile in profiles {
          let device = try PredictCommand.device(
            profile, choice.precision, threads: threads, memory: nil)
          let estimator = try Estimator(plan: plan, device: device)
          let key = "\(profile.id) \(choice.precision.id)"
          let expecter: Expecter?
          if let known = expecters[key] {
            expecter = known
          } else {
            expecter = try Expecter(
              engine, profile: profile, precision: choice.precision, threads: threads)
            expecters[key] = .some(expecter)
          }
          for workload in workloads {
            var estimate = estimator.estimate(workload)
            if let expecter { estimate = estimate.adding(overhead: expecter.overhead) }
            try body(
              ComparisonRow(
                model: plan.model.id, precision: choice.precision.id, device: profile.id,
                estimate: estimate, weightBits: plan.weightBitsPerParameter,
                expectation: expecter?.expectation(estimate, estimator)))
            progress.advance()
          }
        }
      }
    }
    console.clearProgress()
  }
}

/// A progress bar on standard error, redrawn at most a hundred times.
struct ProgressBar {
  private let total: Int
  private let step: Int
  private var done = 0
  private let console: Console

  init(total: Int, console: Console) {
    self.total = total
    self.console = console
    step = max(total / 100, 1000)
  }

  mutating func advance() {
    done += 1
    guard done.isMultiple(of: step), total > 0 else { return }
    let filled = done * 30 / total
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled)
    console.progress(
      "[\(bar)] \(NumberText.integer(done)) of \(NumberText.integer(total)) predictions")
  }
}
