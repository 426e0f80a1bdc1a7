import Kernels
import QuantizationFormats

extension KernelRegistry {
  /// Formats of blocks with integer codes, which meet activations of `q8_32`.
  static let blockFormats = formats.filter { $0.codec is any IntegerBlockCodec }

  /// Formats whose rows have at most one scale: floats, and int8 per row.
  static let rowFormats = formats.filter {
    !($0.codec is any IntegerBlockCodec) && $0.weightsPerRowUnit == 1
  }

  /// Formats of groups with a scale each: integers with zero points, and tables of floats.
  static let groupedFormats = formats.filter {
    $0.integerGroupBits != nil || $0.fourBitTable != nil
  }

  /// Kernels that round activations to 8 bits.
  static let integerKernels = runnable().filter { $0.activationFormatID.hasPrefix("q8") }

  /// Kernels that multiply rows of floats.
  static let floatKernels = runnable().filter { kernel in
    !kernel.activationFormatID.hasPrefix("q8")
      && rowFormats.contains { $0.id == kernel.weightFormatID }
  }
}
