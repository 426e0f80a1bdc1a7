import HardwareProfiles
import Kernels
import Measurement
import QuantizationFormats
import Roofline
import TransformerModels

/// Prices a model, multiplies a matrix and times it, with the public interface only.
@main
struct Example {
  static func main() throws {
    try predict()
    try measure()
  }

  /// Prints what Llama-2-7B may do on an A100, and what limits it.
  static func predict() throws {
    let model = try ModelCatalog.entry(named: "llama-2-7b").model
    let precision = try PrecisionCatalog.precision("q4_0")
    guard let profile = try ProfileCatalog.profile("nvidia-a100-80gb-pcie") else { return }
    let estimator = try Estimator(
      plan: OperationPlan(model: model, precision: precision),
      device: Device(profile, precision: precision))
    let estimate = estimator.estimate(try Workload(prompt: 512, generate: 128))
    guard let decode = estimate.decode else { return }
    print("at most \(Int(decode.bound.tokensPerSecond)) tokens/s, limited by \(decode.bound.limit)")
  }

  /// Prints how long one product takes here.
  static func measure() throws {
    let (rows, columns) = (256, 1024)
    let weights = (0..<rows * columns).map { Float($0 % 17) - 8 }
    let matrix = try QuantizedMatrix(
      quantizing: weights, rows: rows, columns: columns, format: .q8_0)
    let activations = [Float](repeating: 1, count: columns)
    var samples = Samples()
    for _ in 0..<20 {
      samples.append(
        try MonotonicClock.time { _ = try matrix.multiply(activations, tokens: 1) })
    }
    guard let median = samples.median else { return }
    print("\(rows) x \(columns) in q8_0 times one token: \(Int(median * 1e9)) ns")
  }
}
