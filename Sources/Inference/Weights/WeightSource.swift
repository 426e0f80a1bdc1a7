public import Kernels
public import TransformerModels

/// Where the weights of a model come from.
public protocol WeightSource {
  /// Packs the matrix of a tensor: of expert `copy` where there are several.
  func matrix(_ spec: TensorSpec, layer: Int?, copy: Int) throws(ModelError) -> QuantizedMatrix
  /// The vector of a norm, or the bias of a matrix: of expert `copy` where there are several.
  func vector(
    _ spec: TensorSpec, layer: Int?, isBias: Bool, copy: Int
  ) throws(ModelError) -> [Float]
  /// The rows of an embedding, one for each number of `rows`, each within the table.
  func rows(_ rows: [Int], of spec: TensorSpec) throws(ModelError) -> [Float]
}
