/// How activations are stored between operations and what they are multiplied as.
public struct ActivationScheme: Hashable, Sendable {
  /// What kind of number the multiplying unit takes.
  public enum Kind: Hashable, Sendable {
    case floatingPoint, brainFloat, integer
  }

  /// The width in bits of an activation kept in memory between operations.
  public let storedBits: Int
  /// The width in bits of an activation as the multiplying unit takes it, scales apart.
  public let multipliedBits: Int
  /// How the multiplied form is made, in a few words: "none", "dynamic per token", ...
  public let quantization: String
  /// The kind of the multiplied form.
  public let kind: Kind

  /// Describes activations; `kind` follows from `quantization` unless it is given.
  public init(storedBits: Int, multipliedBits: Int, quantization: String, kind: Kind? = nil) {
    self.storedBits = storedBits
    self.multipliedBits = multipliedBits
    self.quantization = quantization
    self.kind = kind ?? (quantization == "none" ? .floatingPoint : .integer)
  }

  /// 16-bit floating point throughout.
  public static let float16 = ActivationScheme(
    storedBits: 16, multipliedBits: 16, quantization: "none")
  /// bf16 throughout.
  public static let bfloat16 = ActivationScheme(
    storedBits: 16, multipliedBits: 16, quantization: "none", kind: .brainFloat)
  /// 32-bit floating point throughout.
  public static let float32 = ActivationScheme(
    storedBits: 32, multipliedBits: 32, quantization: "none")

  /// The name used in output: `f16`, `int8 (dynamic per token)`.
  public var label: String {
    let prefix =
      switch kind {
      case .floatingPoint: multipliedBits < 16 ? "fp" : "f"
      case .brainFloat: "bf"
      case .integer: "int"
      }
    let name = "\(prefix)\(multipliedBits)"
    return quantization == "none" ? name : "\(name) (\(quantization))"
  }
}
