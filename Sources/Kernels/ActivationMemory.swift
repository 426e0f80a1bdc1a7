internal import CKernels

/// The memory of activations as a kernel reads them; grows to the largest product and stays.
struct ActivationMemory {
  private var codes = AlignedMemory(count: 64)
  private var scales = AlignedMemory(count: 64)
  private var corrections = AlignedMemory(count: 64)
  private var scaledSums = AlignedMemory(count: 64)

  /// Makes room for what a kernel stores of `tokens` tokens.
  mutating func reserve(tokens: Int, columns: Int, kernel: ck_kernel) {
    let tile = ck_widest_tile(kernel, tokens)
    let bytes = kernel.activation.pointee.bytes(tile, tokens, columns)
    AlignedMemory.grow(&codes, to: bytes.codes)
    AlignedMemory.grow(&scales, to: bytes.scales)
    AlignedMemory.grow(&corrections, to: bytes.corrections)
    AlignedMemory.grow(&scaledSums, to: bytes.scaled_sums)
  }

  /// What stores the activations at `x`; the tiles are the caller's to set.
  func arguments(
    _ x: UnsafePointer<Float>, tokens: Int, matrix: QuantizedMatrix, kernel: ck_kernel
  ) -> ck_quantize_args {
    var (maximum, scale, zero): (Float, Float, Int32) = (0, 0, 0)
    switch matrix.activationRange {
    case .perToken, .perTensor: break
    case .fixed(let magnitude): maximum = magnitude
    case .grid(let step, let code): (scale, zero) = (step, code)
    }
    return ck_quantize_args(
      x: x, tokens: tokens, columns: matrix.columns, blocks: matrix.blocks,
      tile: ck_widest_tile(kernel, tokens), first_tile: 0, end_tile: 0,
      offset: kernel.format.pointee.offset, fixed_maximum: maximum,
      outliers: nil, outlier_count: 0, outlier_threshold: 0, fixed_scale: scale,
      fixed_zero: zero, codes: codes.pointer(),
      scales: scales.pointer(), corrections: corrections.pointer(),
      scaled_sums: scaledSums.pointer())
  }

  /// What multiplies the stored activations; the panels are the caller's to set.
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
