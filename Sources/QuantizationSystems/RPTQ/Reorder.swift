import QuantizationFormats

/// RPTQ's five reorders of channels, and what each is fused into so that no channel moves later.
///
/// The residual stream is never permuted.
public enum Reorder: Int, CaseIterable, Sendable {
  /// The output of attention's LayerNorm: its weight and bias, columns of Wq, Wk, Wv.
  case attentionInput = 1
  /// Queries and keys inside each head: rows of Wq and Wk.
  case queriesAndKeys
  /// Values and attention's output inside each head: rows of Wv, columns of Wo.
  case values
  /// The output of the second LayerNorm: its weight and bias, columns of fc1.
  case feedForwardInput
  /// The output of fc1: rows of fc1, columns of fc2.
  case feedForwardInner

  /// Clusters that RPTQ uses: 32 of a whole tensor, 4 of a head.
  public var clusters: Int {
    switch self {
    case .queriesAndKeys, .values: StorageFormat.clustersOfHead
    default: 32
    }
  }

  /// Whether channels move only inside their head.
  public var staysInHead: Bool { self == .queriesAndKeys || self == .values }

  /// Puts the outputs of what writes a tensor, and the inputs of what reads it, in another order.
  ///
  /// - Parameters:
  ///   - order: For each new place, the channel that moves there.
  ///   - producers: Weights whose outputs are the channels, W[channel, input], with their biases.
  ///   - consumers: Weights whose inputs are the channels, W[output, channel].
  /// - Returns: Both with the order fused in.
  public static func fuse(
    _ order: [Int], producers: [(weights: Matrix, bias: [Float])], consumers: [Matrix]
  ) -> (producers: [(weights: Matrix, bias: [Float])], consumers: [Matrix]) {
    (
      producers.map { producer in
        (producer.weights.permutingRows(order), order.map { producer.bias[$0] })
      },
      consumers.map { $0.permutingColumns(order) }
    )
  }

  /// The order of all heads from the clusters of each, channels staying in their head.
  public static func order(ofHeads heads: [ChannelClusters]) -> [Int] {
    var start = 0
    var order: [Int] = []
    for head in heads {
      order += head.order.map { $0 + start }
      start += head.cluster.count
    }
    return order
  }
}
