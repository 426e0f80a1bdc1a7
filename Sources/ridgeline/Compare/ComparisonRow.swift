import Engines
import HardwareProfiles
import QuantizationFormats
import Reports
import Roofline
import TransformerModels
import Units

/// One line of a comparison: a model, precision, device and workload with the key figures.
struct ComparisonRow {
  let model: String
  let precision: String
  let device: String
  let batch: Int
  let context: Double?
  let estimate: Estimate
  let weightBits: Double
  let expectation: Expectation?

  init(_ prediction: Prediction) throws {
    self.init(
      model: prediction.plan.model.id, precision: prediction.precision.id,
      device: prediction.profile.id, estimate: prediction.estimate,
      weightBits: prediction.plan.weightBitsPerParameter, expectation: prediction.expectation)
  }

  init(
    model: String, precision: String, device: String, estimate: Estimate, weightBits: Double,
    expectation: Expectation?
  ) {
    self.model = model
    self.precision = precision
    self.device = device
    batch = estimate.workload.batch
    context = estimate.decode?.pass.context
    self.estimate = estimate
    self.weightBits = weightBits
    self.expectation = expectation
  }

  /// All columns, in the order in which they are printed.
  static var columns: [Column<ComparisonRow>] {
    axisColumns + [
      .number(
        "Weights", key: "weights_bytes", style: .fixed("GB", per: 1e9), streamedWidth: 12
      ) { $0.estimate.memory.weights.count },
      .number("Total", key: "total_bytes", style: .fixed("GB", per: 1e9), streamedWidth: 10) {
        $0.estimate.memory.total.count
      },
      .boolean("Fits", key: "fits") { $0.estimate.memory.fits },
      .number(
        "Prefill bound", key: "prefill_bound_tokens_per_second",
        style: .fixed("tokens/s", per: 1), streamedWidth: 24
      ) { $0.estimate.prefill?.bound.tokensPerSecond.finite },
      .number(
        "Decode bound", key: "decode_bound_tokens_per_second",
        style: .fixed("tokens/s", per: 1), streamedWidth: 23
      ) { $0.estimate.decode?.bound.tokensPerSecond.finite },
      .number(
        "Decode roofline", key: "decode_roofline_tokens_per_second",
        style: .fixed("tokens/s", per: 1), streamedWidth: 26
      ) { $0.estimate.decode?.roofline.tokensPerSecond.finite },
      .text("Engine", key: "engine", streamedWidth: 14) { $0.expectation?.engine.id },
      .number(
        "Prefill expected", key: "prefill_expected_tokens_per_second",
        style: .fixed("tokens/s", per: 1), streamedWidth: 27
      ) { $0.expectation?.prefill?.tokensPerSecond },
      .number(
        "Decode expected", key: "decode_expected_tokens_per_second",
        style: .fixed("tokens/s", per: 1), streamedWidth: 26
      ) { $0.expectation?.decode?.tokensPerSecond },
      .number(
        "Decode low", key: "decode_expected_low_tokens_per_second",
        style: .fixed("tokens/s", per: 1), streamedWidth: 21
      ) { $0.expectation?.decode?.low },
      .number(
        "Decode high", key: "decode_expected_high_tokens_per_second",
        style: .fixed("tokens/s", per: 1), streamedWidth: 22
      ) { $0.expectation?.decode?.high },
      .text("Decode limit", key: "decode_limited_by", streamedWidth: 12) {
        $0.estimate.decode?.bound.limit.rawValue
      },
      .number("Critical batch", key: "critical_batch", streamedWidth: 14) {
        $0.estimate.criticalBatch
      },
    ]
  }

  private static var axisColumns: [Column<ComparisonRow>] {
    [
      .text("Model", key: "model", streamedWidth: 24) { $0.model },
      .text("Precision", key: "precision", streamedWidth: 20) { $0.precision },
      .text("Device", key: "device", streamedWidth: 34) { $0.device },
      .integer("Batch", key: "batch", streamedWidth: 6) { $0.batch },
      .number("Context", key: "context", digits: 4, streamedWidth: 8) { $0.context },
      .number("Bits/weight", key: "weight_bits_per_parameter", digits: 4, streamedWidth: 11) {
        $0.weightBits
      },
    ]
  }
}

extension Double {
  /// The number, or `nil` where a limit is unknown and so infinite.
  var finite: Double? { isFinite ? self : nil }
}
