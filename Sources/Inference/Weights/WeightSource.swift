public import Kernels
public import TransformerModels

/// A packed matrix, in two parts where minimums are apart.
public struct PackedMatrix {
  /// The matrix, or its part without minimums.
  let matrix: QuantizedMatrix
  /// What each block of 32 weights adds for each unit of the sum of its activations.
  let minimums: QuantizedMatrix?

  /// A matrix in one part.
  public init(_ matrix: QuantizedMatrix) { self.init(matrix, minimums: nil) }

  init(_ matrix: QuantizedMatrix, minimums: QuantizedMatrix?) {
    self.matrix = matrix
    self.minimums = minimums
  }

  /// Bytes that a product reads.
  var bytes: Int { matrix.packedBytes + (minimums?.packedBytes ?? 0) }
}

/// Where the weights of a model come from.
public protocol WeightSource {
  /// Packs the matrix of a tensor: of expert `copy` where there are several.
  func matrix(_ spec: TensorSpec, layer: Int?, copy: Int) throws(ModelError) -> PackedMatrix
  /// The vector of a norm, or the bias of a matrix: of expert `copy` where there are several.
  func vector(
    _ spec: TensorSpec, layer: Int?, isBias: Bool, copy: Int
  ) throws(ModelError) -> [Float]
  /// The rows of an embedding, one for each number of `rows`, each within the table.
  func rows(_ rows: [Int], of spec: TensorSpec) throws(ModelError) -> [Float]
}
