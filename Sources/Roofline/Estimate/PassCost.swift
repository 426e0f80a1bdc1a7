public import Units

/// What one pass costs in operations and traffic, device by device rates left out.
///
/// `compulsory` traffic is what no implementation can avoid: each weight once, cached keys and
/// values that were there before the pass, the new ones written, and the embedding rows.
public struct PassCost: Hashable, Sendable {
  /// Operations of linear layers and the output head.
  public var linear: OperationCount = .zero
  /// Operations of attention.
  public var attention: OperationCount = .zero
  /// Operations of norms, rotary positions, non-linearities and sums.
  public var vector: OperationCount = .zero
  /// Weights read.
  public var weights: Bytes = .zero
  /// Rows of embeddings read.
  public var embeddingRows: Bytes = .zero
  /// Cached keys and values read, the ones made in the pass included.
  public var cacheRead: Bytes = .zero
  /// The part of `cacheRead` that was in memory before the pass.
  public var compulsoryCacheRead: Bytes = .zero
  /// New keys and values written.
  public var cacheWritten: Bytes = .zero
  /// Activations read and written between operations.
  public var activations: Bytes = .zero

  /// Operations of matrix products: linear layers and attention.
  public var matrixOperations: OperationCount { linear + attention }

  /// What must move at least.
  public var compulsoryTraffic: Bytes {
    weights + embeddingRows + compulsoryCacheRead + cacheWritten
  }

  /// Everything that moves if each operation reads its inputs from and writes its outputs to
  /// memory.
  public var traffic: Bytes {
    weights + embeddingRows + cacheRead + cacheWritten + activations
  }
}
