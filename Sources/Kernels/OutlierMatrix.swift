internal import CKernels
internal import QuantizationFormats

/// Weights A[m,k] that LLM.int8() multiplies: int8 rows, and activation columns that hold an outlier apart.
///
/// With every product, the columns of B are found in which a magnitude reaches ``threshold``; they count
/// as zero in the int8 product and are multiplied in f16 with the weights, summed in single precision.
public struct OutlierMatrix: Sendable {
  /// With what outlying columns are multiplied.
  public enum OutlierWeights: String, Hashable, Sendable, CaseIterable {
    /// f16 weights, kept beside the codes, as in the paper.
    case half
    /// The int8 weights, dequantized, as in bitsandbytes.
    case dequantized
  }

  /// What bitsandbytes and the paper take for an outlier.
  public static let usualThreshold: Float = 6

  /// The int8 rows.
  public let matrix: QuantizedMatrix
  /// Activations of at least this magnitude are outliers.
  public let threshold: Float
  /// With what outlying columns are multiplied.
  public let outlierWeights: OutlierWeights

  let halves: AlignedMemory?

  /// Quantizes weights.
  ///
  /// - Parameters:
  ///   - weights: A[m,k], row after row.
  ///   - rows: The number of outputs.
  ///   - columns: The number of inputs.
  ///   - outlierWeights: Whether f16 weights are kept for outlying columns.
  ///   - threshold: Activations of at least this magnitude are outliers; positive.
  /// - Throws: ``MatrixError`` for sizes that do not fit together.
  public init(
    quantizing weights: [Float], rows: Int, columns: Int,
    outlierWeights: OutlierWeights = .dequantized, threshold: Float = usualThreshold
  ) throws(MatrixError) {
    let matrix = try QuantizedMatrix(
      quantizing: weights, rows: rows, columns: columns, format: .int8RowMaximum)
    try self.init(
      matrix, halfWeights: outlierWeights == .half ? weights : nil, threshold: threshold)
  }

  /// Int8 rows that are packed already.
  ///
  /// - Parameters:
  ///   - matrix: Weights of the format `llm-int8`.
  ///   - weights: What outlying columns are multiplied with, rounded to f16, row after row; `nil` for the
  ///     dequantized codes.
  ///   - threshold: Activations of at least this magnitude are outliers; positive.
  /// - Throws: ``MatrixError`` for another format and another number of weights.
  public init(
    _ matrix: QuantizedMatrix, halfWeights weights: [Float]? = nil,
    threshold: Float = usualThreshold
  ) throws(MatrixError) {
    guard matrix.format == .int8RowMaximum else {
      throw .wrongKernel(StorageFormat.int8RowMaximum.id, format: matrix.format.id)
    }
    self.matrix = matrix
    self.threshold = max(threshold, .leastNormalMagnitude)
    outlierWeights = weights == nil ? .dequantized : .half
    guard let weights else {
      halves = nil
      return
    }
    guard weights.count == matrix.rows * matrix.columns else {
      throw .wrongCount(
        of: "f16 weights", expected: matrix.rows * matrix.columns, actual: weights.count)
    }
    let memory = AlignedMemory(count: matrix.panels * Int(CK_PANEL_ROWS) * matrix.columns * 2)
    weights.withUnsafeBufferPointer { source in
      guard let first = source.baseAddress else { return }
      ck_pack_halves(first, matrix.rows, matrix.columns, memory.pointer())
    }
    halves = memory
  }

  /// The bytes that a product reads of the int8 rows.
  public var packedBytes: Int { matrix.packedBytes }

  /// Multiplies with activations: C[m,n] = A[m,k] * B[k,n]; see ``QuantizedMatrix/multiply(_:tokens:)``.
  ///
  /// - Throws: ``MatrixError`` if there are no tokens or the activations have another size.
  public func multiply(_ activations: [Float], tokens: Int) throws(MatrixError) -> [Float] {
    var result: [Float] = []
    try Multiplier().multiply(self, activations, tokens: tokens, into: &result)
    return result
  }
}

/// The compiled functions for outlying columns, for one instruction set.
struct OutlierFunctions: @unchecked Sendable {
  /// A row of the C table, which is constant.
  let row: ck_outliers

  /// The best that needs nothing beyond `isa`.
  static func best(on isa: ISA) -> OutlierFunctions {
    OutlierFunctions(row: isa.best(in: ck_outliers_at, requires: \.required))
  }
}

/// The outlying columns of one product, in memory that stays.
struct OutlierColumns {
  /// The columns, ascending.
  private(set) var columns: [UInt32] = []

  private var marks: [UInt8] = []
  private var activations: [Float] = []

  /// Finds the columns of `x` in which a magnitude reaches `threshold`, and gathers them in f16.
  ///
  /// Each thread looks at some tokens and marks columns of its own.
  mutating func find(
    in x: UnsafePointer<Float>, tokens: Int, columns count: Int, threshold: Float,
    _ functions: OutlierFunctions, pool: ThreadPool
  ) {
    let shares = tokens > 1 ? pool.threads : 1
    marks = [UInt8](repeating: 0, count: shares * count)
    marks.withUnsafeMutableBufferPointer { marks in
      guard let first = marks.baseAddress else { return }
      let memory = UncheckedPointers(x: x, marks: first)
      let look = { (share: Int) in
        let start = tokens * share / shares
        functions.row.find(
          memory.x + start * count, tokens * (share + 1) / shares - start, count, threshold,
          memory.marks + share * count)
      }
      if shares == 1 { look(0) } else { pool.run { look($0) } }
    }
    columns.removeAll(keepingCapacity: true)
    for column in 0..<count
    where (0..<shares).contains(where: { marks[$0 * count + column] != 0 }) {
      columns.append(UInt32(column))
    }
    if activations.count < tokens * columns.count {
      activations = [Float](repeating: 0, count: tokens * columns.count)
    }
    ck_gather_outliers(x, tokens, count, columns, columns.count, &activations)
  }

  /// Calls `body` with what adds the product of the columns; the panels are the caller's to set.
  func withArguments(
    _ matrix: OutlierMatrix, tokens: Int, into out: UnsafeMutablePointer<Float>,
    _ body: (ck_outlier_args) -> Void
  ) {
    columns.withUnsafeBufferPointer { outliers in
      activations.withUnsafeBufferPointer { values in
        body(
          ck_outlier_args(
            panels: matrix.matrix.memory.pointer(), layout: matrix.matrix.layout,
            halves: matrix.halves.map { UnsafePointer($0.pointer(as: UInt16.self)) },
            rows: matrix.matrix.rows, columns: matrix.matrix.columns, first_panel: 0,
            end_panel: 0, outliers: outliers.baseAddress, count: outliers.count,
            activations: values.baseAddress, tokens: tokens, out: out))
      }
    }
  }
}

/// Memory that threads share without overlap.
private struct UncheckedPointers: @unchecked Sendable {
  let x: UnsafePointer<Float>
  let marks: UnsafeMutablePointer<UInt8>
}
