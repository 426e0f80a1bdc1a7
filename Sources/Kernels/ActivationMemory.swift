internal import CKernels

/// The memory of quantized activations; grows to the largest product and stays.
struct ActivationMemory {
  private var codes = AlignedMemory(count: 64)
  private var scales = AlignedMemory(count: 64)
  private var corrections = AlignedMemory(count: 64)
  private var scaledSums = AlignedMemory(count: 64)

  /// Makes room for `padded` tokens of `blocks` blocks.
  mutating func reserve(padded: Int, blocks: Int) {
    let count = padded * blocks
    guard codes.count < count * Int(CK_BLOCK) else { return }
    codes = AlignedMemory(count: count * Int(CK_BLOCK))
    scales = AlignedMemory(count: count * MemoryLayout<Float>.stride)
    // Blocks with two segments have two sums.
    corrections = AlignedMemory(count: 2 * count * MemoryLayout<Int32>.stride)
    scaledSums = AlignedMemory(count: 2 * count * MemoryLayout<Float>.stride)
  }

  /// What quantizes the activations at `x`; the tiles are the caller's to set.
  func arguments(
    _ x: UnsafePointer<Float>, tokens: Int, matrix: QuantizedMatrix, kernel: ck_kernel
  ) -> ck_quantize_args {
    ck_quantize_args(
      x: x, tokens: tokens, columns: matrix.columns, blocks: matrix.blocks, tile: kernel.tile,
      first_tile: 0, end_tile: 0, offset: kernel.format.pointee.offset, codes: codes.pointer(),
      scales: scales.pointer(), corrections: corrections.pointer(),
      scaled_sums: scaledSums.pointer())
  }

  /// What multiplies the quantized activations; the panels are the caller's to set.
  func arguments(
    _ out: UnsafeMutablePointer<Float>, tokens: Int, matrix: QuantizedMatrix
  ) -> ck_matmul_args {
    ck_matmul_args(
      panels: matrix.memory.pointer(), layout: matrix.layout, rows: matrix.rows,
      blocks: matrix.blocks, first_panel: 0, end_panel: 0, tokens: tokens,
      codes: codes.pointer(), scales: scales.pointer(), corrections: corrections.pointer(),
      scaled_sums: scaledSums.pointer(), out: out)
  }
}
