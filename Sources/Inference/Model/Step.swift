public import Roofline
import TransformerModels

/// What the runner times: one kind of operation, all layers together.
enum Step: Int, CaseIterable {
  case embedding, embeddingNorm
  case attentionNorm, query, key, value, queryNorm, keyNorm, rope, store, attention
  case attentionOutput, attentionPostNorm, residual, feedForwardNorm
  case router, gate, up, expertGate, expertUp, sharedRouter, sharedGate, sharedUp
  case activation, down, expertDown, sharedDown, feedForwardPostNorm
  case outputNorm, outputHead

  /// The operation as the estimator calls it.
  var kind: OperationKind {
    switch self {
    case .embedding: .embedding
    case .embeddingNorm: .norm(.embeddingNorm)
    case .attentionNorm: .norm(.attentionNorm)
    case .query: .linear(.query)
    case .key: .linear(.key)
    case .value: .linear(.value)
    case .queryNorm: .norm(.queryNorm)
    case .keyNorm: .norm(.keyNorm)
    case .rope: .rope
    case .store: .keyValueStore
    case .attention: .attention
    case .attentionOutput: .linear(.attentionOutput)
    case .attentionPostNorm: .norm(.attentionPostNorm)
    case .residual: .residual
    case .feedForwardNorm: .norm(.feedForwardNorm)
    case .router: .linear(.router)
    case .gate: .linear(.gate)
    case .up: .linear(.up)
    case .expertGate: .linear(.expertGate)
    case .expertUp: .linear(.expertUp)
    case .sharedRouter: .linear(.sharedExpertRouter)
    case .sharedGate: .linear(.sharedExpertGate)
    case .sharedUp: .linear(.sharedExpertUp)
    case .activation: .activation
    case .down: .linear(.down)
    case .expertDown: .linear(.expertDown)
    case .sharedDown: .linear(.sharedExpertDown)
    case .feedForwardPostNorm: .norm(.feedForwardPostNorm)
    case .outputNorm: .norm(.outputNorm)
    case .outputHead: .outputHead
    }
  }
}

/// The time that operations took, by kind.
public struct OperationTiming: Sendable {
  /// The operation, as the estimator prices it.
  public let kind: OperationKind
  /// Seconds, all layers together.
  public let seconds: Double
  /// How often it ran.
  public let calls: Int
}

/// Sums of times.
struct StepClock {
  private(set) var seconds = [Double](repeating: 0, count: Step.allCases.count)
  private(set) var calls = [Int](repeating: 0, count: Step.allCases.count)

  mutating func add(_ time: Double, to step: Step) {
    seconds[step.rawValue] += time
    calls[step.rawValue] += 1
  }

  /// What ran, in the order of execution.
  var timings: [OperationTiming] {
    Step.allCases.filter { calls[$0.rawValue] > 0 }.map {
      OperationTiming(
        kind: $0.kind, seconds: seconds[$0.rawValue], calls: calls[$0.rawValue])
    }
  }
}
