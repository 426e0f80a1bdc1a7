import Foundation
import Kernels
import Measurement
public import QuantizationFormats
import Roofline
public import TransformerModels

/// Random weights for any shapes: rows are taken in turn from a pool of different ones.
///
/// Weights are normal with the deviation 1 / sqrt(columns), so that activations keep their size from
/// layer to layer. The same seed gives the same weights.
public final class RandomWeights: WeightSource {
  /// Rows of a pool: enough that no panel of 16 repeats within the first cache.
  private static let pool = 61

  private struct Pool: Hashable {
    let columns: Int
    let format: String
  }

  private let shapes: TransformerModel
  private let scheme: WeightScheme
  private let seed: UInt64
  private let arena = MatrixArena()
  private var pools: [Pool: [UInt8]] = [:]
  private var embedding: [TensorRole: [Float]] = [:]

  /// Weights for `shapes` in the formats of `scheme`.
  public init(_ shapes: TransformerModel, scheme: WeightScheme, seed: UInt64 = 1) {
    self.shapes = shapes
    self.scheme = scheme
    self.seed = seed
  }

  /// Packs the matrix of a tensor.
  public func matrix(
    _ spec: TensorSpec, layer: Int?, copy: Int
  ) throws(ModelError) -> PackedMatrix {
    let format = Self.runnable(scheme.format(for: spec, layer: layer, in: shapes))
    let pool = try pool(format, columns: spec.columns)
    let rowBytes = pool.count / Self.pool
    let start = Int(truncatingIfNeeded: hash(spec.role, layer, copy) >> 32)
    do {
      let matrix = try QuantizedMatrix(
        rows: spec.rows, columns: spec.columns, format: format, in: arena
      ) { rows in
        var bytes: [UInt8] = []
        bytes.reserveCapacity(rows.count * rowBytes)
        for row in rows {
          let first = (start + row) % Self.pool * rowBytes
          bytes += pool[first..<first + rowBytes]
        }
        return bytes
      }
      return PackedMatrix(matrix)
    } catch {
      throw ModelError(
        file: shapes.id, field: spec.role.rawValue, problem: "cannot be multiplied: \(error)")
    }
  }

  /// The vector of a norm, or a bias.
  public func vector(
    _ spec: TensorSpec, layer: Int?, isBias: Bool, copy: Int
  ) throws(ModelError) -> [Float] {
    var generator = SplitMix64(seed: hash(spec.role, layer, copy))
    if isBias { return (0..<spec.biasElements).map { _ in 0.02 * generator.normal() } }
    return (0..<spec.columns).map { _ in 1 + 0.1 * generator.normal() }
  }

  /// Rows of an embedding.
  public func rows(_ rows: [Int], of spec: TensorSpec) throws(ModelError) -> [Float] {
    if embedding[spec.role] == nil {
      var generator = SplitMix64(seed: hash(spec.role, nil, 0))
      embedding[spec.role] = (0..<Self.pool * spec.columns).map { _ in generator.normal() }
    }
    guard let pool = embedding[spec.role] else { return [] }
    var numbers: [Float] = []
    numbers.reserveCapacity(rows.count * spec.columns)
    for row in rows {
      let first = row % Self.pool * spec.columns
      numbers += pool[first..<first + spec.columns]
    }
    return numbers
  }

  /// The format in which weights of `format` are multiplied: 8-bit codes need a scale for each row.
  public static func runnable(_ format: StorageFormat) -> StorageFormat {
    KernelRegistry.best(for: format, on: []) == nil && format.layout.bitsPerWeight == 8
      ? .int8RowMaximum : format
  }

  private func pool(_ format: StorageFormat, columns: Int) throws(ModelError) -> [UInt8] {
    let key = Pool(columns: columns, format: format.id)
    if let known = pools[key] { return known }
    var generator = SplitMix64(seed: seed ^ UInt64(columns))
    let scale = Float(1 / Double(columns).squareRoot())
    let weights = (0..<Self.pool * columns).map { _ in scale * generator.normal() }
    guard let bytes = format.packRows(weights, columns: columns) else {
      throw ModelError(
        file: shapes.id, field: "precision",
        problem: "stores weights as \(format.id), which cannot be run with rows of \(columns);"
          + " 'ridgeline list kernels' shows what can")
    }
    pools[key] = bytes
    return bytes
  }

  private func hash(_ role: TensorRole, _ layer: Int?, _ copy: Int) -> UInt64 {
    var hash = seed
    for byte in role.rawValue.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    for number in [layer ?? -1, copy] {
      hash = (hash ^ UInt64(bitPattern: Int64(number))) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 29
    }
    return hash
  }
}

extension SplitMix64 {
  /// A normal number, by the method of Box and Muller.
  fileprivate mutating func normal() -> Float {
    let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &self))).squareRoot()
    return Float(radius * cos(2 * Double.pi * Double.random(in: 0..<1, using: &self)))
  }
}
