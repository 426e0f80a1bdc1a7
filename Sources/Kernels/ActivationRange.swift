/// What the codes of activations reach over, where a kernel rounds them to integers of one scale a token.
public enum ActivationRange: Hashable, Sendable {
  /// Each token by its own numbers (LLM.int8(), SmoothQuant-O1, OmniQuant).
  case perToken
  /// All tokens of a product by their largest magnitude (SmoothQuant-O2); for `llm-int8`.
  case perTensor
  /// All tokens by a largest magnitude known beforehand, beyond which numbers are clipped
  /// (SmoothQuant-O3); for `llm-int8`.
  case fixed(maximum: Float)
  /// All tokens by a scale and the code that stands for 0 (INC and IPEX); for formats with zero points.
  case grid(scale: Float, zero: Int32)
}
