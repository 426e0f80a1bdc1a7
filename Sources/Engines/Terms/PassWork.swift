public import Roofline
import TransformerModels
import Units

/// The counts of one pass that engine times are proportional to.
public struct PassWork: Sendable {
  /// The counts, in the order of `Quantity`.
  public private(set) var counts: [Double]

  /// Counts what the pass of `phase` does to the model of `plan`.
  ///
  /// `microBatch` is the number of tokens that an engine computes at a time.
  public init(
    _ phase: PhaseEstimate, plan: OperationPlan,
    microBatch: Int = EngineSetting.defaultMicroBatch
  ) {
    let cost = phase.cost
    let pass = phase.pass
    let layers = Double(plan.model.layerCount)
    let heads = Double(plan.model.layer(at: 0).attention.heads)
    let headDim = Double(plan.model.layer(at: 0).attention.headDim)
    counts = [Double](repeating: 0, count: Quantity.allCases.count)
    let perToken = cost.linear.count / pass.tokens
    self[.weightBytes] = cost.weights.count
    self[.weightsUnpacked] = perToken / 2
    self[.linearOperations] = cost.linear.count
    self[.batchOperations] = perToken * (pass.tokens - 1)
    self[.attentionOperations] = cost.attention.count
    self[.cacheBytes] = cost.cacheRead.count
    self[.layers] = layers
    self[.layerTokens] = layers * pass.context
    // QK^T and PV take 4 operations for each element of a head and each pair.
    self[.scoreBytes] = headDim > 0 ? cost.attention.count / headDim : layers * heads
    self[.activationBytes] = pass.tokens * layers * Double(plan.model.width) * 8
    // A last batch that is not full reads all weights too; on average the line is right.
    let batches = max(pass.tokens / Double(microBatch), 1)
    self[.batchedWeightBytes] = self[.weightBytes] * batches
    self[.expandedBytes] = (self[.weightBytes] + 4 * self[.weightsUnpacked]) * batches
    self[.extraColumns] = self[.weightsUnpacked] * min(pass.tokens - 1, Self.columnsOfVectors - 1)
  }

  /// Tokens that llama.cpp multiplies with vector kernels at most; more go to matrix kernels.
  public static let columnsOfVectors = 8.0

  /// The work of a pass whose tokens share one cache and attend to it together on the matrix units, so
  /// that its attention costs about what one token's does.
  public var attendingTogether: PassWork {
    var work = self
    guard self[.weightsUnpacked] > 0 else { return work }
    work[.attentionOperations] /= 1 + self[.batchOperations] / (2 * self[.weightsUnpacked])
    return work
  }

  subscript(quantity: Quantity) -> Double {
    get { counts[quantity.rawValue] }
    set { counts[quantity.rawValue] = newValue }
  }
}

extension PassWork {
  /// The work of one of `count` devices that divide each matrix and head; layers stay whole.
  public func divided(by count: Int) -> PassWork {
    var part = self
    for quantity in Quantity.allCases where ![.layers, .layerTokens].contains(quantity) {
      part[quantity] /= Double(count)
    }
    return part
  }
}

extension PassWork {
  /// Counts given one by one; the others are 0.
  init(counts given: [Quantity: Double]) {
    counts = Quantity.allCases.map { given[$0] ?? 0 }
  }
}
