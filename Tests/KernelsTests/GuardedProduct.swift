import CKernels
import Kernels
import QuantizationFormats

/// Runs one kernel on memory that ends at guard pages.
struct GuardedProduct {
  let kernel: ck_kernel
  let rows: Int
  let columns: Int
  let tokens: Int

  private var format: UnsafePointer<ck_format> { kernel.format }
  private var blocks: Int { columns / format.pointee.unit }
  private var panels: Int { (rows + 15) / 16 }

  /// The product of packed weights and activations, token after token.
  func run(_ bytes: [UInt8], _ activations: [Float]) -> [Float] {
    let layout = format.pointee.layout(format, blocks)
    let packed = pack(bytes, layout)
    let tile = ck_widest_tile(kernel, tokens)
    let sizes = kernel.activation.pointee.bytes(tile, tokens, columns)
    let codes = GuardedBuffer<Int8>(count: sizes.codes, filledWith: 99)
    let scales = GuardedBuffer<Float>(count: sizes.scales / 4, filledWith: .nan)
    let corrections = GuardedBuffer<Int32>(count: sizes.corrections / 4, filledWith: .max)
    let scaledSums = GuardedBuffer<Float>(count: sizes.scaled_sums / 4, filledWith: .nan)
    let input = GuardedBuffer(activations, empty: .nan)
    var quantize = ck_quantize_args(
      x: input.first, tokens: tokens, columns: columns, blocks: blocks, tile: tile,
      first_tile: 0, end_tile: (tokens + tile - 1) / tile,
      offset: format.pointee.offset, fixed_maximum: 0, outliers: nil, outlier_count: 0,
      outlier_threshold: 0, fixed_scale: 0, fixed_zero: 0, codes: codes.first, scales: scales.first,
      corrections: corrections.first, scaled_sums: scaledSums.first)
    kernel.quantize(&quantize)
    let out = GuardedBuffer<Float>(count: rows * tokens, filledWith: .nan)
    var matmul = ck_matmul_args(
      panels: packed.first, layout: layout, rows: rows, blocks: blocks, first_panel: 0,
      end_panel: panels, tokens: tokens, codes: codes.first,
      scales: scales.first, corrections: corrections.first, scaled_sums: scaledSums.first,
      out: out.first)
    kernel.matmul(&matmul)
    return out.elements
  }

  private func pack(_ bytes: [UInt8], _ layout: ck_layout) -> GuardedBuffer<UInt8> {
    let packed = GuardedBuffer<UInt8>(count: panels * layout.stride, filledWith: 0xA5)
    let source = GuardedBuffer(bytes, empty: 0)
    let rowBytes = bytes.count / rows
    for panel in 0..<panels {
      format.pointee.pack(
        format, source.first + panel * 16 * rowBytes, min(16, rows - panel * 16), blocks,
        packed.first + panel * layout.stride)
    }
    return packed
  }
}

/// The rows of the C table for one format, those that may run here.
func runnableKernels(for format: StorageFormat) -> [ck_kernel] {
  var kernels: [ck_kernel] = []
  var index = 0
  while let row = ck_kernel_at(index) {
    index += 1
    guard ISA.allowed.isSuperset(of: ISA(rawValue: row.pointee.required)) else { continue }
    if String(cString: row.pointee.format.pointee.id) == format.id { kernels.append(row.pointee) }
  }
  return kernels
}

/// Activations as the kernels of a format quantize them.
func quantized(
  _ activations: [Float], columns: Int, for format: StorageFormat
) -> QuantizedActivations {
  let wide = KernelRegistry.best(for: format, on: [])?.activationFormatID == "q8_256"
  return QuantizedActivations(activations, columns: columns, segment: wide ? 256 : 32)
}

extension ReferenceProduct {
  /// What rounding explains in a kernel.
  func bounds(for kernel: ck_kernel) -> [Double] {
    String(cString: kernel.isa) == "avx512vnni"
      && String(cString: kernel.activation.pointee.id) == "q8_256" ? magicBounds : bounds
  }
}
