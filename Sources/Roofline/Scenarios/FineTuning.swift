import QuantizationFormats
import TransformerModels
public import Units

/// One optimizer step of LoRA fine-tuning: frozen base weights, trained low-rank adapters.
public struct FineTuningStep: Sendable {
  /// Trained parameters: r (m + k) for each adapted matrix of m x k.
  public let adapterParameters: Int
  /// Base weights at their precision.
  public let baseWeights: Bytes
  /// Adapters (16 bit), their gradients (16 bit) and AdamW's state (fp32 copy and two moments).
  public let adapterState: Bytes
  /// Activations kept for the backward pass.
  public let activations: Bytes
  /// What the device can hold.
  public let capacity: Bytes?
  /// Operations of the forward pass.
  public let forward: OperationCount
  /// Operations of the backward pass, recomputation included.
  public let backward: OperationCount
  /// The bound of the whole step.
  public let seconds: Seconds
  /// What limits it.
  public let limit: Limit

  /// Everything in memory.
  public var total: Bytes { baseWeights + adapterState + activations }
  /// Whether it fits; `nil` if the capacity is unknown.
  public var fits: Bool? { capacity.map { total <= $0 } }

  /// Bytes for one trained parameter: 2 weight, 2 gradient, 4 + 4 + 4 for AdamW.
  public static let bytesPerTrainedParameter = 16.0
}

/// What is trained and how.
public struct FineTuning: Hashable, Sendable {
  /// The rank r of the adapters.
  public let rank: Int
  /// Sequences in a step.
  public let batch: Int
  /// Tokens of each sequence.
  public let sequence: Int
  /// Whether activations inside a block are recomputed in the backward pass.
  public let recomputesActivations: Bool

  /// Describes a step.
  ///
  /// - Throws: `WorkloadError` for a rank, batch or length below 1.
  public init(
    rank: Int, batch: Int, sequence: Int, recomputesActivations: Bool
  ) throws(WorkloadError) {
    for (field, value) in [("lora-rank", rank), ("batch", batch), ("prompt", sequence)] {
      guard value >= 1, value <= Workload.limit else {
        throw WorkloadError(field: field, problem: "is \(value); must be 1 to \(Workload.limit)")
      }
    }
    self.rank = rank
    self.batch = batch
    self.sequence = sequence
    self.recomputesActivations = recomputesActivations
  }
}

extension Estimator {
  /// Prices one step of LoRA on every linear layer of the blocks but routers.
  ///
  /// Forward: one prefill and the adapters. Backward: frozen matrices need only the gradient of
  /// their input, as many operations as forward; attention needs the gradients of both operands,
  /// twice forward; adapters need both; recomputation adds one forward pass. The head runs on all
  /// tokens, for the loss.
  public func fineTuningStep(_ tuning: FineTuning) -> FineTuningStep {
    let pass = Pass(sequences: tuning.batch, newTokens: tuning.sequence, cachedBefore: 0)
    let cost = estimate(pass).cost
    let adapters = adapterParameters(rank: tuning.rank)
    let active = adapterParameters(rank: tuning.rank, expertsPerToken: true)
    let adapterForward = OperationCount(2 * Double(active) * pass.tokens)
    let headOperations = headOperations(pass)
    let linear = cost.linear + headOperations
    let forward = linear + cost.attention + adapterForward
    var backward = linear + cost.attention * 2 + adapterForward * 2
    if tuning.recomputesActivations { backward += forward }

    let read = cost.weights + cost.embeddingRows
    let traffic = (read * (tuning.recomputesActivations ? 3 : 2)).count
    let memory = device.memorySeconds(traffic)
    let compute = fineTuningComputeSeconds(forward + backward) ?? 0
    return FineTuningStep(
      adapterParameters: adapters, baseWeights: plan.weights,
      adapterState: Bytes(Double(adapters) * FineTuningStep.bytesPerTrainedParameter),
      activations: keptActivations(tuning, pass: pass), capacity: device.capacity,
      forward: forward, backward: backward, seconds: Seconds(max(memory, compute)),
      limit: compute > memory ? .compute : .memory)
  }

  /// Gradients are floating point whatever the weights are.
  private func fineTuningComputeSeconds(_ operations: OperationCount) -> Double? {
    guard let unit = device.gradient else { return nil }
    return (operations / unit.fastest).value
  }

  /// Parameters of all adapters, or of those that one token passes.
  private func adapterParameters(rank: Int, expertsPerToken: Bool = false) -> Int {
    plan.layerGroups.reduce(0) { total, group in
      let adapted = group.layer.tensors(width: plan.model.width, norm: plan.model.norm)
        .filter { $0.role.isBlockLinear && $0.role != .router && $0.role != .sharedExpertRouter }
      let perLayer = adapted.reduce(0) { sum, spec in
        let passed = group.layer.feedForward.mixture?.expertsPerToken ?? spec.copies
        let copies = expertsPerToken && spec.role.isRoutedExpert ? passed : spec.copies
        return sum + rank * (spec.rows + spec.columns) * copies
      }
      return total + group.indices.count * perLayer
    }
  }

  /// What the head does beyond the last token of each sequence, which a prefill counts already.
  private func headOperations(_ pass: Pass) -> OperationCount {
    guard let head = plan.templates.first(where: { $0.kind == .outputHead }) else { return .zero }
    return OperationCount(head.operationsPerToken * (pass.tokens - pass.sequences))
  }

  /// Inputs of every block, and of everything inside it unless recomputed; logits and their
  /// gradient in fp32 for all tokens.
  private func keptActivations(_ tuning: FineTuning, pass: Pass) -> Bytes {
    let element = Double(plan.precision.activations.storedBits) / 8
    let layers = Double(plan.model.layerCount)
    let inputs = layers * pass.tokens * Double(plan.model.width) * element
    let inside = plan.templates.reduce(0.0) { total, template in
      guard template.group != nil else { return total }
      // Each operation keeps what it read: about half of what it reads and writes.
      let perLayer = template.activationBytesPerToken / 2 * pass.tokens
      return total + perLayer * plan.repeats(of: template)
    }
    let logits = 2 * 4 * pass.tokens * Double(plan.model.embedding.vocabularyRows)
    let block = layers > 0 ? inside / layers : 0
    return Bytes(logits + (tuning.recomputesActivations ? inputs + block : inside))
  }
}
