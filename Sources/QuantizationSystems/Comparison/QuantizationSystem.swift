/// One way to run a linear layer with quantized numbers, judged by the error of the layer's output.
public struct QuantizationSystem: Sendable, Identifiable {
  /// Lower-case words that tell systems apart.
  public let id: String
  /// What it is, for people.
  public let name: String
  /// The precision that stands for it in predictions; `nil` if there is none.
  public let precision: String?
  /// What executes it in suites: a format, perhaps with how activations meet it behind a plus; `nil` if there is
  /// no kernel.
  public let kernelFormat: String?
  /// Y[token, output] of a layer's activations, after calibration where the system has one.
  public let product: @Sendable (SyntheticLayer) throws -> Matrix

  init(
    _ id: String, _ name: String, precision: String? = nil, kernel: String? = nil,
    product: @escaping @Sendable (SyntheticLayer) throws -> Matrix
  ) {
    self.id = id
    self.name = name
    self.precision = precision
    self.kernelFormat = kernel
    self.product = product
  }

  /// The norm of the error of the output over that of the output in double precision.
  ///
  /// - Throws: What the system's calibration throws.
  public func error(on layer: SyntheticLayer) throws -> Double {
    try product(layer).relativeError(to: layer.activations.product(with: layer.weights))
  }

  /// Every system, in the order of tables.
  public static let all: [QuantizationSystem] =
    ggml + bitsAndBytes + eightBit + groups(of: 4) + groups(of: 3) + groups(of: 2) + fewBits
}
