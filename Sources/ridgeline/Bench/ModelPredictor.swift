import CommandLineKit
import Engines
import HardwareProfiles
import Inference
import QuantizationFormats
import Roofline
import TransformerModels

/// Predicts tests of one model from a calibrated profile.
struct ModelPredictor {
  private let predictor: TransformerPredictor

  /// A predictor for a model at a precision.
  ///
  /// - Throws: `UsageError` for a profile that was not calibrated for whole models.
  init(_ choice: ModelChoice, profile: HardwareProfile) throws {
    guard let predictor = TransformerPredictor(profile, choice) else {
      throw UsageError(
        "--device \(profile.id): has no times of whole models; 'ridgeline calibrate' measures them")
    }
    self.predictor = predictor
  }

  /// Predicts the operations of a test; `nil` where the profile lacks a format.
  ///
  /// - Parameters:
  ///   - item: The test.
  ///   - bytesPerSecond: What plain reads of memory reach meanwhile; `nil` for what they reached in
  ///     calibration.
  /// - Returns: The operations of the test.
  func operations(
    _ item: ModelCase, readingMemoryAt bytesPerSecond: Double?
  ) -> [OperationPrediction]? {
    let test = item.test
    let predictor = predictor.readingMemory(at: bytesPerSecond)
    return switch test.phase {
    case .prefill:
      predictor.prefill(
        tokens: test.tokens, depth: test.depth, sequences: item.sequences, threads: item.threads,
        chunk: item.chunk)
    case .decode:
      predictor.decode(
        steps: test.tokens, depth: test.depth, sequences: item.sequences, threads: item.threads)
    }
  }
}

extension RunnerFootprint {
  /// What running `choice` for a test keeps in memory.
  init(_ choice: ModelChoice, _ item: ModelCase) {
    self.init(
      choice.selection.model, cache: choice.precision.precision.kvCache,
      sequences: item.sequences, capacity: item.test.capacity,
      chunk: item.test.phase == .decode ? 1 : item.chunk, format: choice.format)
  }
}

extension TransformerPredictor {
  /// A predictor for a chosen model; `nil` if the profile was not calibrated for whole models.
  init?(_ profile: HardwareProfile, _ choice: ModelChoice) {
    self.init(
      profile, model: choice.selection.model, cache: choice.precision.precision.kvCache,
      format: choice.format)
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
