#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// SmoothQuant (Xiao and others, 2023): moves the range of activation channels into the weights,
/// `Y = (X diag(s)^-1) (W diag(s))^T`.
public struct SmoothQuant: Sendable {
  /// Between no smoothing of activations, 0, and all of it, 1; 0.5 for OPT, 0.85 for Llama 2.
  public var alpha: Float

  /// Smoothing of strength `alpha`.
  public init(alpha: Float = 0.5) { self.alpha = alpha }

  /// `max|X_j|^alpha / max|W_j|^(1 - alpha)` for each input channel j, at least 1e-5.
  ///
  /// - Parameters:
  ///   - maxima: The largest magnitude of each channel of the calibration activations.
  ///   - weights: All layers that read the same activations, W[output, input].
  /// - Returns: The divisor of each channel.
  public func scales(activationMaxima maxima: [Float], weights: [Matrix]) -> [Float] {
    let weightMaxima = weights.map(\.columnMaxima).reduce(
      [Float](repeating: 0, count: maxima.count)
    ) {
      zip($0, $1).map { max($0, $1) }
    }
    return zip(maxima, weightMaxima).map { activation, weight in
      max(pow(activation, alpha) / pow(max(weight, 1e-5), 1 - alpha), 1e-5)
    }
  }

  /// What precedes the layer with the smoothing fused into it: LayerNorm's weight and bias over s.
  public static func fused(
    normWeight: [Float], normBias: [Float], scales: [Float]
  ) -> (weight: [Float], bias: [Float]) {
    (zip(normWeight, scales).map { $0 / $1 }, zip(normBias, scales).map { $0 / $1 })
  }
}
