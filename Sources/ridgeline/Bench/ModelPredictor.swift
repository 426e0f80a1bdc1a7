import CommandLineKit
import HardwareProfiles
import Inference
import QuantizationFormats
import Roofline
import TransformerModels

/// Predicts tests of a whole model from a calibrated profile.
struct ModelPredictor {
  private let predictor: TransformerPredictor

  /// A predictor for a model that is run.
  ///
  /// - Throws: `UsageError` for a profile that was not calibrated for whole models.
  init(_ model: RunnableModel, profile: HardwareProfile) throws {
    guard
      let predictor = TransformerPredictor(
        profile, selection: model.selection, precision: model.precision)
    else {
      throw UsageError(
        "--device \(profile.id): has no times of whole models; 'ridgeline calibrate' measures them")
    }
    self.predictor = predictor
  }

  /// The operations of a test; `nil` where the profile lacks a format.
  func operations(
    _ test: SpeedTest, sequences: Int, threads: Int, chunk: Int
  ) -> [OperationPrediction]? {
    switch test.phase {
    case .prefill:
      predictor.prefill(
        tokens: test.tokens, depth: test.depth, sequences: sequences, threads: threads,
        chunk: chunk)
    case .decode:
      predictor.decode(
        steps: test.tokens, depth: test.depth, sequences: sequences, threads: threads)
    }
  }
}

extension TransformerPredictor {
  /// A predictor for a selected model at a precision; `nil` if the profile was not calibrated for
  /// whole models.
  init?(_ profile: HardwareProfile, selection: ModelSelection, precision: ChosenPrecision) {
    let model = selection.model
    let scheme = precision.precision.weights
    var stored: [String: StorageFormat] = [:]
    if precision.isStored {
      for tensor in selection.file?.tensors ?? [] where !tensor.isBias {
        for role in tensor.roles { stored["\(role) \(tensor.layer ?? -1)"] = tensor.format }
      }
    }
    let formats = stored
    self.init(profile, model: model, cache: precision.precision.kvCache) { spec, layer in
      formats["\(spec.role) \(layer ?? -1)"] ?? scheme.format(for: spec, layer: layer, in: model)
    }
  }

  /// Reading `tokens` tokens in chunks.
  func prefill(
    tokens: Int, depth: Int = 0, sequences: Int, threads: Int, chunk: Int
  ) -> [OperationPrediction]? {
    var parts: [[OperationPrediction]] = []
    for first in stride(from: 0, to: tokens, by: chunk) {
      let count = min(chunk, tokens - first)
      guard
        let part = operations(
          of: Work(
            sequences: sequences, tokens: count, depth: Double(depth + first), threads: threads,
            hasHead: first + count == tokens))
      else { return nil }
      parts.append(part)
    }
    return Self.sum(parts)
  }

  /// Generating `steps` tokens.
  func decode(
    steps: Int, depth: Int, sequences: Int, threads: Int
  ) -> [OperationPrediction]? {
    let mean = Double(depth) + Double(steps - 1) / 2
    let work = Work(sequences: sequences, tokens: 1, depth: mean, threads: threads)
    return operations(of: work)?.map {
      OperationPrediction(kind: $0.kind, seconds: $0.seconds * Double(steps))
    }
  }

  private static func sum(_ parts: [[OperationPrediction]]) -> [OperationPrediction] {
    var order: [OperationKind] = []
    var seconds: [OperationKind: Double] = [:]
    for operation in parts.joined() {
      if seconds[operation.kind] == nil { order.append(operation.kind) }
      seconds[operation.kind, default: 0] += operation.seconds
    }
    return order.map { OperationPrediction(kind: $0, seconds: seconds[$0] ?? 0) }
  }
}
