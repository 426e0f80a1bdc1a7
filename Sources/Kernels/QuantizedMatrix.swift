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

  /// How activations are rounded on the way in; by default each token by its own numbers.
  public var activationRange = ActivationRange.perToken

  let memory: MatrixMemory
  let layout: ck_layout
  let blocks: Int

  /// Packs rows of blocks as ggml stores them, such as the data of a tensor in a GGUF file.
  ///
  /// Floats may have any number of columns. A row of `llm-int8` is its codes, followed by the f32
  /// maximum that the code 127 stands for; it has 131,072 columns at most. Rows of `int4-g128` and
  /// its kin are groups as `CodeGroup` writes them, of `int4-channel` and its kin what `ChannelRow` does.
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
    let shape = try PanelShape(rows: rows, columns: columns, format: format)
    guard bytes.count == shape.bytes else {
      throw .wrongCount(of: "bytes of the blocks", expected: shape.bytes, actual: bytes.count)
    }
    self.init(shape)
    bytes.withUnsafeBufferPointer { source in
      for panel in 0..<panels { pack(source, from: panel * shape.panelBytes, panel, shape) }
    }
  }

  /// Packs rows that come in portions, so that they need not be in memory together.
  ///
  /// - Parameters:
  ///   - rows: The number of outputs.
  ///   - columns: The number of inputs, a multiple of the format's block.
  ///   - format: A format that has kernels: see ``KernelRegistry/formats``.
  ///   - arena: Memory to share with other matrices; `nil` for memory of its own.
  ///   - portion: Gives the blocks of some rows, 16 or those that are left.
  /// - Throws: ``MatrixError`` as for a matrix of bytes, and what `portion` throws.
  public init(
    rows: Int, columns: Int, format: StorageFormat, in arena: MatrixArena? = nil,
    portion: (Range<Int>) throws -> [UInt8]
  ) throws {
    let shape = try PanelShape(rows: rows, columns: columns, format: format)
    self.init(shape, in: arena)
    for panel in 0..<panels {
      let first = panel * Int(CK_PANEL_ROWS)
      let some = first..<min(rows, first + Int(CK_PANEL_ROWS))
      let bytes = try portion(some)
      guard bytes.count == some.count * shape.rowBytes else {
        throw MatrixError.wrongCount(
          of: "bytes of rows \(some)", expected: some.count * shape.rowBytes, actual: bytes.count)
      }
      bytes.withUnsafeBufferPointer { pack($0, from: 0, panel, shape) }
    }
  }

  /// A matrix of zeros that waits for its panels.
  private init(_ shape: PanelShape, in arena: MatrixArena? = nil) {
    rows = shape.rows
    columns = shape.columns
    format = shape.format
    blocks = shape.blocks
    layout = shape.layout
    let count = Self.panels(shape.rows) * shape.layout.stride
    memory = arena?.take(count) ?? MatrixMemory(count: count)
  }

  /// The same weights in memory of their own, or of `arena`, for measurements that must not find them in
  /// a cache.
  public func duplicate(in arena: MatrixArena? = nil) -> QuantizedMatrix {
    QuantizedMatrix(copying: self, in: arena)
  }

  private init(copying other: QuantizedMatrix, in arena: MatrixArena?) {
    rows = other.rows
    columns = other.columns
    format = other.format
    blocks = other.blocks
    layout = other.layout
    memory = arena?.copy(of: other.memory) ?? MatrixMemory(copying: other.memory)
    activationRange = other.activationRange
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

  private func pack(
    _ source: UnsafeBufferPointer<UInt8>, from offset: Int, _ panel: Int, _ shape: PanelShape
  ) {
    guard let first = source.baseAddress else { return }
    let height = Int(CK_PANEL_ROWS)
    shape.description.pointee.pack(
      shape.description, first + offset, min(height, rows - panel * height), blocks,
      memory.pointer(as: UInt8.self) + panel * layout.stride)
  }
}

/// The sizes of a matrix, once they are known to fit together.
private struct PanelShape {
  let rows: Int
  let columns: Int
  let format: StorageFormat
  let description: UnsafePointer<ck_format>
  let blocks: Int
  let rowBytes: Int
  /// Bytes of all rows as a file stores them.
  let bytes: Int

  init(rows: Int, columns: Int, format: StorageFormat) throws(MatrixError) {
    guard let kernel = KernelRegistry.best(for: format, on: []) else {
      throw .noKernel(format: format.id)
    }
    description = kernel.row.format
    let perBlock = description.pointee.file_block_weights
    guard rows > 0, columns > 0 else { throw .empty(rows: rows, columns: columns, tokens: 1) }
    guard columns.isMultiple(of: perBlock) else {
      throw .partialBlock(columns: columns, weightsPerBlock: perBlock)
    }
    blocks = columns / description.pointee.unit
    guard blocks <= description.pointee.most_blocks else {
      throw .rowTooLong(columns: columns, most: description.pointee.most_blocks)
    }
    let (blockBytes, wide) = (columns / perBlock)
      .multipliedReportingOverflow(by: description.pointee.file_block_bytes)
    rowBytes = blockBytes &+ description.pointee.file_row_bytes
    let (expected, overflow) = rows.multipliedReportingOverflow(by: rowBytes)
    guard !wide, !overflow else { throw .tooLarge(rows: rows, columns: columns) }
    bytes = expected
    self.rows = rows
    self.columns = columns
    self.format = format
  }

  /// Bytes of the rows of one panel as a file stores them.
  var panelBytes: Int { Int(CK_PANEL_ROWS) * rowBytes }
  var layout: ck_layout { description.pointee.layout(description, blocks) }
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
