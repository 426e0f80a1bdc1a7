/// A linear layer of random numbers with a stated distribution, for tables of errors.
///
/// Weights are normal with deviation 0.02. Activations are normal, or
///
/// - `correlated`: each channel is 0.96 times a mix of 1/16 as many normal factors, plus 0.28 times
///   noise, times a size that falls from 2 to 0.2 over the channels. Calibration methods live on such
///   correlations.
/// - `outliers`: as normal, but one channel in 64 is 20 times as large, with deviation 5 around a mean
///   of 20 that all tokens share, as in language models from 6.7 billion parameters on.
public struct SyntheticLayer: Sendable {
  /// The distribution of activations.
  public enum Kind: String, CaseIterable, Sendable {
    case normal, correlated, outliers
  }

  /// W[output, input].
  public let weights: Matrix
  /// X[token, input], for calibration.
  public let calibration: Matrix
  /// X[token, input], for judgement.
  public let activations: Matrix

  /// A layer; the same arguments always give the same numbers.
  public init(outputs: Int, inputs: Int, tokens: Int, kind: Kind, seed: UInt64 = 42) {
    var random = RandomNumbers(seed: seed)
    let values = (0..<outputs * inputs).map { _ in Float(0.02 * random.normal()) }
    self.init(
      weights: Matrix(rows: outputs, columns: inputs, values: values), tokens: tokens, kind: kind,
      &random)
  }

  /// A layer of given weights, such as those of a real model, and random activations.
  public init(weights: Matrix, tokens: Int, kind: Kind, seed: UInt64 = 42) {
    var random = RandomNumbers(seed: seed)
    self.init(weights: weights, tokens: tokens, kind: kind, &random)
  }

  private init(weights: Matrix, tokens: Int, kind: Kind, _ random: inout RandomNumbers) {
    self.weights = weights
    let inputs = weights.columns
    let factors = max(1, inputs / 16)
    let mix = (0..<inputs * factors).map { _ in random.normal() / Double(factors).squareRoot() }
    func draw() -> Matrix {
      var values: [Float] = []
      for _ in 0..<tokens {
        let drawn = (0..<factors).map { _ in random.normal() }
        for input in 0..<inputs {
          let noise = random.normal()
          values.append(
            Float(Self.value(kind, input, inputs, noise, mix[(input * factors)...], drawn)))
        }
      }
      return Matrix(rows: tokens, columns: inputs, values: values)
    }
    calibration = draw()
    activations = draw()
  }

  private static func value(
    _ kind: Kind, _ input: Int, _ inputs: Int, _ noise: Double, _ mix: ArraySlice<Double>,
    _ factors: [Double]
  ) -> Double {
    switch kind {
    case .normal: return noise
    case .outliers:
      return input % 64 == 5 ? 20 * (1 + 0.25 * noise) : noise
    case .correlated:
      let common = zip(mix, factors).reduce(0.0) { $0 + $1.0 * $1.1 }
      let size = 2 - 1.8 * Double(input) / Double(inputs)
      return size * (0.96 * common + 0.28 * noise)
    }
  }
}
