import Kernels
import Measurement
import QuantizationFormats

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Compares a format's weights and product with double precision.
struct FormatLoss {
  private let measured: MeasuredFormat
  private let way: MeasuredWay
  private let item: KernelCase
  private let weights: [Float]
  private let activations: [Float]

  /// Numbers of the case's distribution; the same case always has the same numbers.
  init(of measured: MeasuredFormat, _ way: MeasuredWay, _ item: KernelCase) {
    self.measured = measured
    self.way = way
    self.item = item
    var generator = SplitMix64(seed: 42)
    weights = (0..<item.rows * item.columns).map { _ in
      Float(0.02 * Self.normal(&generator))
    }
    activations = (0..<item.tokens * item.columns).map { index in
      // The outlying channels are the same for all tokens.
      let isOutlier = item.distribution == .outliers && (index % item.columns).isMultiple(of: 64)
      return Float(Self.normal(&generator) * (isOutlier ? 20 : 1))
    }
  }

  func loss() throws -> KernelResult.Loss {
    let format = measured.format
    guard let bytes = format.packRows(weights, columns: item.columns),
      let restored = format.unpackRows(bytes, columns: item.columns)
    else { throw MatrixError.noKernel(format: format.id) }
    let matrix = try measured.matrix(rows: item.rows, columns: item.columns, bytes: bytes)
    var product: [Float] = []
    let pool = ThreadPool(threads: item.threads)
    try MeasuredMultiplier(pool: pool, isa: .allowed).multiply(
      matrix, activations, tokens: item.tokens, into: &product, using: way)
    let exact = exactProduct()
    return KernelResult.Loss(
      weightSignalToNoise: 10 * log10(Self.signalToNoise(weights.map(Double.init), restored)),
      productRelativeError: 1 / Self.signalToNoise(exact, product).squareRoot())
  }

  /// The power of `exact` over the power of the difference; finite even if there is none.
  private static func signalToNoise(_ exact: [Double], _ approximate: [Float]) -> Double {
    var signal = 0.0
    var noise = 0.0
    for (value, other) in zip(exact, approximate) {
      signal += value * value
      noise += (value - Double(other)) * (value - Double(other))
    }
    return signal / max(noise, signal * 1e-30)
  }

  /// C[n,m] in double precision, token after token.
  private func exactProduct() -> [Double] {
    var product = [Double](repeating: 0, count: item.tokens * item.rows)
    for token in 0..<item.tokens {
      for row in 0..<item.rows {
        var sum = 0.0
        for column in 0..<item.columns {
          sum +=
            Double(weights[row * item.columns + column])
            * Double(activations[token * item.columns + column])
        }
        product[token * item.rows + row] = sum
      }
    }
    return product
  }

  /// Box and Muller's transform of two uniform numbers.
  private static func normal(_ generator: inout SplitMix64) -> Double {
    let radius = (-2 * log(Double.random(in: 0x1p-53...1, using: &generator))).squareRoot()
    return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &generator))
  }
}
