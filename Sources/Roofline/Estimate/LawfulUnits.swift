public import HardwareProfiles
public import QuantizationFormats

extension Arithmetic {
  /// The units that may multiply at this precision on `device`; the fastest present does.
  ///
  /// Weight-only schemes multiply in floating point whatever their bits; ggml quantizes
  /// activations to int8 except on Metal; integer schemes need an integer unit at least as wide.
  public func lawfulUnits(on device: HardwareProfile) -> [ComputeUnit] {
    switch self {
    case .float32: [.fp32]
    case .float16: [.fp16, .fp32]
    case .bfloat16: [.bf16, .fp32]
    case .halfFloat: [.fp16, .bf16, .fp32]
    case .float8: [.fp8]
    case .float4: [.fp4]
    case .integer8: [.int8]
    case .integer4: [.int4, .int8]
    case .ggml:
      switch device.kind {
      // ggml's CPU back end may also dequantize and call a BLAS.
      case .cpu: [.int8, .fp32]
      case .gpu, .integratedGPU:
        device.vendor == "Apple" ? [.fp16, .fp32] : [.int8, .fp16, .fp32]
      }
    }
  }

  /// The units that may multiply queries, keys and values held as `cache` on `device`.
  func lawfulAttentionUnits(cache: KVCacheFormat, on device: HardwareProfile) -> [ComputeUnit] {
    let floats: [ComputeUnit] = [.fp16, .bf16, .fp32]
    let isNarrow = max(cache.key.layout.bitsPerWeight, cache.value.layout.bitsPerWeight) < 10
    switch self {
    case .integer8, .integer4: return isNarrow ? [.int8] + floats : floats
    case .ggml where isNarrow && lawfulUnits(on: device).contains(.int8): return [.int8] + floats
    default: return floats
    }
  }
}
