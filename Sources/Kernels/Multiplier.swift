internal import CKernels
internal import QuantizationFormats

/// Multiplies matrices with activations, with memory and threads that it keeps.
///
/// After the first product of a size, products allocate nothing. A multiplier serves one caller at a
/// time; several can share a pool.
public final class Multiplier {
  /// The threads that share the work.
  public let pool: ThreadPool
  /// The instruction sets that the kernels may use.
  public let isa: ISA

  private var activations = ActivationMemory()
  private var outliers = OutlierColumns()
  private let outlierFunctions: OutlierFunctions

  /// A multiplier that uses `isa` at most.
  public init(pool: ThreadPool = ThreadPool(threads: 1), isa: ISA = .allowed) {
    self.pool = pool
    self.isa = isa
    outlierFunctions = OutlierFunctions.best(on: isa)
  }

  /// Multiplies with the best kernel, or the given one: C[m,n] = A[m,k] * B[k,n].
  ///
  /// - Parameters:
  ///   - matrix: A.
  ///   - input: B, token after token: `input[token * columns + column]`.
  ///   - tokens: The number of tokens, n.
  ///   - result: C, token after token: `result[token * rows + row]`; resized if it has another size.
  ///   - kernel: A kernel for the format that this multiplier may use.
  /// - Throws: ``MatrixError`` for wrong sizes and for a kernel that cannot be used.
  public func multiply(
    _ matrix: QuantizedMatrix, _ input: [Float], tokens: Int, into result: inout [Float],
    using kernel: Kernel? = nil
  ) throws(MatrixError) {
    let kernel = try choose(kernel, for: matrix)
    try prepareProduct(
      rows: matrix.rows, columns: matrix.columns, tokens: tokens, input, &result)
    input.withUnsafeBufferPointer { x in
      result.withUnsafeMutableBufferPointer { out in
        guard let x = x.baseAddress, let out = out.baseAddress else { return }
        multiply(matrix, x, tokens: tokens, into: out, using: kernel)
      }
    }
  }

  /// Multiplies as LLM.int8() does, outlying columns of B apart: C[m,n] = A[m,k] * B[k,n].
  ///
  /// - Parameters:
  ///   - matrix: A.
  ///   - input: B, token after token: `input[token * columns + column]`.
  ///   - tokens: The number of tokens, n.
  ///   - result: C, token after token: `result[token * rows + row]`; resized if it has another size.
  ///   - kernel: A kernel for `llm-int8` that this multiplier may use.
  /// - Throws: ``MatrixError`` for wrong sizes and for a kernel that cannot be used.
  public func multiply(
    _ matrix: OutlierMatrix, _ input: [Float], tokens: Int, into result: inout [Float],
    using kernel: Kernel? = nil
  ) throws(MatrixError) {
    let codes = matrix.matrix
    let kernel = try choose(kernel, for: codes)
    try prepareProduct(
      rows: codes.rows, columns: codes.columns, tokens: tokens, input, &result)
    input.withUnsafeBufferPointer { x in
      result.withUnsafeMutableBufferPointer { out in
        guard let x = x.baseAddress, let out = out.baseAddress else { return }
        outliers.find(
          in: x, tokens: tokens, columns: codes.columns, threshold: matrix.threshold,
          outlierFunctions, pool: pool)
        multiply(codes, x, tokens: tokens, into: out, using: kernel, apart: matrix)
      }
    }
  }

  private func choose(
    _ kernel: Kernel?, for matrix: QuantizedMatrix
  ) throws(MatrixError) -> Kernel {
    guard let kernel = kernel ?? KernelRegistry.best(for: matrix.format, on: isa) else {
      throw .noKernel(format: matrix.format.id)
    }
    guard kernel.weightFormatID == matrix.format.id, isa.isSuperset(of: kernel.requires) else {
      throw .wrongKernel(kernel.id, format: matrix.format.id)
    }
    return kernel
  }

  /// Quantizes the activations, then multiplies; both shared by the threads.
  private func multiply(
    _ matrix: QuantizedMatrix, _ x: UnsafePointer<Float>, tokens: Int,
    into out: UnsafeMutablePointer<Float>, using kernel: Kernel, apart: OutlierMatrix? = nil
  ) {
    let row = kernel.row.kernel
    activations.reserve(tokens: tokens, columns: matrix.columns, kernel: row)
    var quantize = activations.arguments(x, tokens: tokens, matrix: matrix, kernel: row)
    if matrix.activationRange == .perTensor {
      quantize.fixed_maximum = largestMagnitude(x, count: tokens * matrix.columns)
    }
    guard let apart else {
      self.quantize(quantize, row)
      multiply(matrix, tokens: tokens, into: out, row) { _, _ in }
      return
    }
    outliers.withArguments(apart, tokens: tokens, into: out) { arguments in
      quantize.outliers = arguments.outliers
      quantize.outlier_count = arguments.count
      quantize.outlier_threshold = apart.threshold
      self.quantize(quantize, row)
      let functions = outlierFunctions
      multiply(matrix, tokens: tokens, into: out, row) { first, end in
        var part = arguments
        (part.first_panel, part.end_panel) = (first, end)
        if part.count > 0 { functions.row.multiply(&part) }
      }
    }
  }

  private func quantize(_ arguments: ck_quantize_args, _ row: ck_kernel) {
    let tiles = (arguments.tokens + arguments.tile - 1) / arguments.tile
    let quantizeTiles = { (first: Int, end: Int) in
      var part = arguments
      (part.first_tile, part.end_tile) = (first, end)
      row.quantize(&part)
    }
    if tiles == 1 {
      quantizeTiles(0, 1)
    } else {
      pool.run { share in quantizeTiles(bounds(share, of: tiles).0, bounds(share, of: tiles).1) }
    }
  }

  /// Multiplies stored activations; each share ends with `finish` of its panels.
  private func multiply(
    _ matrix: QuantizedMatrix, tokens: Int, into out: UnsafeMutablePointer<Float>,
    _ row: ck_kernel, finish: (_ first: Int, _ end: Int) -> Void
  ) {
    let matmul = activations.arguments(out, tokens: tokens, matrix: matrix)
    pool.run { share in
      var part = matmul
      (part.first_panel, part.end_panel) = bounds(share, of: matrix.panels)
      guard part.first_panel < part.end_panel else { return }
      row.matmul(&part)
      finish(part.first_panel, part.end_panel)
    }
  }

  /// The largest magnitude of some numbers; 0 where one is not finite, which leaves each token to itself.
  private func largestMagnitude(_ x: UnsafePointer<Float>, count: Int) -> Float {
    let value = Float(bitPattern: outlierFunctions.row.largest(x, count))
    return value.isFinite ? value : 0
  }

  /// The part of `count` items that belongs to a share.
  private func bounds(_ share: Int, of count: Int) -> (Int, Int) {
    (count * share / pool.threads, count * (share + 1) / pool.threads)
  }
}

/// Checks the sizes of a product C[m,n] = A[m,k] * B[k,n], and gives the result its own.
func prepareProduct(
  rows: Int, columns: Int, tokens: Int, _ input: [Float], _ result: inout [Float]
) throws(MatrixError) {
  guard tokens > 0 else { throw .empty(rows: rows, columns: columns, tokens: tokens) }
  let (expected, overflow) = tokens.multipliedReportingOverflow(by: columns)
  let (outputs, outputOverflow) = tokens.multipliedReportingOverflow(by: rows)
  guard !overflow, !outputOverflow else { throw .tooLarge(rows: rows, columns: tokens) }
  guard input.count == expected else {
    throw .wrongCount(of: "activations", expected: expected, actual: input.count)
  }
  if result.count != outputs { result = [Float](repeating: 0, count: outputs) }
}
