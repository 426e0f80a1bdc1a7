import CommandLineKit
import HardwareProfiles
import Inference

/// Predicts measured runs of whole models from a calibrated profile.
struct ModelResultPredictions {
  private let profile: HardwareProfile
  private let memory: MemoryState
  /// Files that results may be of, by the name that results give them.
  private let files: [String: ModelChoice]
  private var known: [String: Known] = [:]

  private struct Known {
    let choice: ModelChoice
    let predictor: ModelPredictor
  }

  /// Predictions on the machine of `profile`, for catalog models and for the files at `paths`.
  init(_ profile: HardwareProfile, files paths: [String], memory: MemoryState = .probed) throws {
    self.profile = profile
    self.memory = memory
    var files: [String: ModelChoice] = [:]
    for path in paths where InputPath.looksLikePath(path) {
      let choice = try ModelChoice(path, precision: nil, kvPrecision: nil)
      files[choice.id] = choice
    }
    self.files = files
  }

  /// The results beside their predictions.
  mutating func rows(_ results: [ModelResult]) throws -> [ModelBenchRow] {
    try results.map { result in
      let known = try known(result.modelCase)
      return ModelBenchRow(result, known.choice, known.predictor, memory: memory)
    }
  }

  private mutating func known(_ item: ModelCase) throws -> Known {
    let key = "\(item.model) \(item.precision) \(item.cache)"
    if let found = known[key] { return found }
    let choice = try choice(item)
    let found = Known(choice: choice, predictor: try ModelPredictor(choice, profile: profile))
    known[key] = found
    return found
  }

  private func choice(_ item: ModelCase) throws -> ModelChoice {
    if let file = files[item.model] {
      return try ModelChoice(file.name, precision: nil, kvPrecision: item.cache)
    }
    guard (try? ModelSelection.entry(item.model)) != nil else {
      throw UsageError(
        "--model is missing: some results are of the file \(item.model); name its path")
    }
    return try ModelChoice(item.model, precision: item.precision, kvPrecision: item.cache)
  }
}

extension ModelBenchRow {
  /// The row as a case of `validate`.
  var validated: ValidatedCase {
    let what = result.modelCase
    return ValidatedCase(
      label: what.key,
      groups: [
        ("model", what.model), ("precision", what.precision), ("phase", what.test.phase.rawValue),
        ("context", "\(what.test.capacity)"), ("threads", "\(what.threads)"),
      ],
      measured: result.undisturbedSeconds, predicted: predictedSeconds,
      obstacle: predictedSeconds == nil
        ? "the profile has no figures for \(what.precision), \(what.threads) threads" : nil)
  }
}
