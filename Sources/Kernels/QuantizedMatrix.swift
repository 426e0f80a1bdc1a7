internal import CKernels
public import QuantizationFormats

/// Quantized weights A[m,k], packed for the kernels of this module with the bits of their format.
///
/// Rows are outputs (m), columns are inputs (k). Packing happens once; a matrix is immutable and can
/// be used by several threads.
public struct QuantizedMatrix: Sendable {
  /// The number of outputs, m.
  public let rows: Int
  /// The number of inputs, k; a multiple of the format's block.
  public let columns: Int
  /// How the weights are stored.
  public let format: StorageFormat

  let memory: AlignedMemory
  let layout: ck_layout
  let blocks: Int

  /// Packs rows of blocks as ggml stores them, such as the data of a tensor in a GGUF file.
  ///
  /// Floats may have any number of columns. A row of `llm-int8` is its codes, followed by the f32
  /// maximum that the code 127 stands for; it has 131,072 columns at most. Rows of `int4-g128` and
  /// its kin are groups as `CodeGroup` writes them.
  ///
  /// - Parameters:
  ///   - rows: The number of outputs.
  ///   - columns: The number of inputs, a multiple of the format's block.
  ///   - format: A format that has kernels: see ``KernelRegistry/formats``.
  ///   - bytes: The blocks of all rows, without gaps.
  /// - Throws: ``MatrixError`` for sizes that do not fit together and formats without kernels.
  public init(
    rows: Int, columns: Int, format: StorageFormat, bytes: [UInt8]
  ) throws(MatrixError) {
    guard let kernel = KernelRegistry.best(for: format, on: []) else {
      throw .noKernel(format: format.id)
    }
    let description = kernel.row.format
    let perBlock = description.pointee.file_block_weights
    guard rows > 0, columns > 0 else { throw .empty(rows: rows, columns: columns, tokens: 1) }
    guard columns.isMultiple(of: perBlock) else {
      throw .partialBlock(columns: columns, weightsPerBlock: perBlock)
    }
    let blocks = columns / description.pointee.unit
    guard blocks <= description.pointee.most_blocks else {
      throw .rowTooLong(columns: columns, most: description.pointee.most_blocks)
    }
    let (blockBytes, wide) = (columns / perBlock)
      .multipliedReportingOverflow(by: description.pointee.file_block_bytes)
    let rowBytes = blockBytes &+ description.pointee.file_row_bytes
    let (expected, overflow) = rows.multipliedReportingOverflow(by: rowBytes)
    guard !wide, !overflow else { throw .tooLarge(rows: rows, columns: columns) }
    guard bytes.count == expected else {
      throw .wrongCount(of: "bytes of the blocks", expected: expected, actual: bytes.count)
    }
    self.rows = rows
    self.columns = columns
    self.format = format
    self.blocks = blocks
    layout = description.pointee.layout(description, blocks)
    memory = Self.pack(bytes, rows: rows, rowBytes: rowBytes, blocks: blocks, as: description)
  }

  /// Quantizes weights with the format's reference quantizer and packs them.
  ///
  /// - Parameters:
  ///   - weights: A[m,k], row after row.
  ///   - rows: The number of outputs.
  ///   - columns: The number of inputs, a multiple of the format's block.
  ///   - format: A format that has kernels: see ``KernelRegistry/formats``.
  /// - Throws: ``MatrixError`` for sizes that do not fit together and formats without kernels.
  public init(
    quantizing weights: [Float], rows: Int, columns: Int, format: StorageFormat
  ) throws(MatrixError) {
    let perBlock = format.weightsPerRowUnit
    guard rows > 0, columns > 0 else { throw .empty(rows: rows, columns: columns, tokens: 1) }
    guard columns.isMultiple(of: perBlock) else {
      throw .partialBlock(columns: columns, weightsPerBlock: perBlock)
    }
    let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
    guard !overflow else { throw .tooLarge(rows: rows, columns: columns) }
    guard weights.count == count else {
      throw .wrongCount(of: "weights", expected: count, actual: weights.count)
    }
    guard let bytes = format.packRows(weights, columns: columns) else {
      throw .noKernel(format: format.id)
    }
    try self.init(rows: rows, columns: columns, format: format, bytes: bytes)
  }

  /// The number of panels of 16 rows.
  var panels: Int { Self.panels(rows) }

  /// The bytes that a product reads: packed weights, padding of the last panel included.
  public var packedBytes: Int { panels * layout.stride }

  /// Which pages the weights are in.
  public var pages: PageUse { memory.pages }

  private static func panels(_ rows: Int) -> Int {
    (rows + Int(CK_PANEL_ROWS) - 1) / Int(CK_PANEL_ROWS)
  }

  private static func pack(
    _ bytes: [UInt8], rows: Int, rowBytes: Int, blocks: Int, as format: UnsafePointer<ck_format>
  ) -> AlignedMemory {
    let stride = format.pointee.layout(format, blocks).stride
    let memory = AlignedMemory(count: panels(rows) * stride)
    let packed = memory.pointer(as: UInt8.self)
    let height = Int(CK_PANEL_ROWS)
    bytes.withUnsafeBufferPointer { source in
      guard let first = source.baseAddress else { return }
      for panel in 0..<panels(rows) {
        let row = panel * height
        format.pointee.pack(
          format, first + row * rowBytes, min(height, rows - row), blocks, packed + panel * stride)
      }
    }
    return memory
  }
}

extension QuantizedMatrix {
  /// Multiplies with activations: C[m,n] = A[m,k] * B[k,n].
  ///
  /// Meeting quantized weights, activations are rounded to 8 bits on the way, with a scale per 32
  /// or 256 or, for int8 rows, per token; a NaN or an infinity makes every output of its token NaN. Meeting
  /// floats, they are f32, or bf16 where ``Kernel/activationFormatID`` says so, and follow IEEE 754:
  /// an infinity makes its token's outputs infinite, or NaN where it meets a zero or its opposite.
  /// For repeated products, keep a ``Multiplier``.
  ///
  /// - Parameters:
  ///   - activations: B, token after token: `activations[token * columns + column]`.
  ///   - tokens: The number of tokens, n.
  /// - Returns: C, token after token: `result[token * rows + row]`.
  /// - Throws: ``MatrixError`` if there are no tokens or the activations have another size.
  public func multiply(_ activations: [Float], tokens: Int) throws(MatrixError) -> [Float] {
    var result: [Float] = []
    try Multiplier().multiply(self, activations, tokens: tokens, into: &result)
    return result
  }
}
