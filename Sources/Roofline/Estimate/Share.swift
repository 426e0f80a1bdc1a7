/// The part of a model that one device does.
struct Share: Sendable {
  /// Devices among which each matrix and head is divided, N.
  var tensorParallel = 1.0
  /// How many layers of each group; `nil` means all.
  var layersInGroup: [Double]?
  /// Whether the embedding is read here.
  var hasEmbedding = true
  /// Whether the final norm and the output head are done here.
  var hasHead = true

  static let whole = Share()

  /// The part of a tensor-parallel operation that is left to one device.
  @inline(__always)
  func fraction(of template: OperationTemplate) -> Double {
    template.isDividedByTensorParallelism ? 1 / min(tensorParallel, template.mostParts) : 1
  }

  /// The part of keys and values: single heads are not divided but kept by several devices.
  @inline(__always)
  func cacheFraction(of template: OperationTemplate) -> Double {
    1 / min(tensorParallel, template.mostCacheParts)
  }
}
