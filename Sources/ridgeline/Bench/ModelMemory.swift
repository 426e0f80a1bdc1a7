import Engines
import Inference
import Reports
import Roofline
import Units

/// What running a model occupied in memory, beside what was predicted.
struct ModelMemory {
  let row: ModelBenchRow
  /// Weights, cache and activations.
  let predicted: RunnerFootprint
  /// The program itself, as the engine's file has it.
  let program: Bytes

  init(_ row: ModelBenchRow) {
    self.row = row
    predicted = RunnerFootprint(row.choice, row.result.modelCase)
    let engine = try? EngineCatalog.engine("ridgeline")
    program = Bytes(engine?.memory?.runtimeBytes ?? 0)
  }

  /// The predicted peak of the process.
  var predictedPeak: Bytes { predicted.total + program }

  /// Measured over predicted, where the system tells the peak.
  var peakToPredicted: Double? {
    row.result.memory.peak.map { Double($0) / predictedPeak.count }
  }

  /// The memory of each row.
  static func table(_ rows: [ModelBenchRow]) -> Table<ModelMemory> {
    Table(
      columns: [
        .text("model", key: "model") { $0.row.result.modelCase.model },
        .text("precision", key: "precision") { $0.row.result.modelCase.precision },
        .text("test", key: "test") { $0.row.result.modelCase.test.description },
        .integer("threads", key: "threads") { $0.row.result.modelCase.threads },
        .number("weights", key: "weights_bytes", style: .scaled("B")) {
          Double($0.row.result.memory.weights)
        },
        .number("predicted", key: "predicted_weights_bytes", style: .scaled("B")) {
          $0.predicted.weights.count
        },
        .number("keys and values", key: "kv_cache_bytes", style: .scaled("B")) {
          Double($0.row.result.memory.cache)
        },
        .number("predicted", key: "predicted_kv_cache_bytes", style: .scaled("B")) {
          $0.predicted.cache.count
        },
        .number("peak", key: "peak_bytes", style: .scaled("B")) {
          $0.row.result.memory.peak.map { Double($0) }
        },
        .number("predicted", key: "predicted_peak_bytes", style: .scaled("B")) {
          $0.predictedPeak.count
        },
        .number("measured / predicted", key: "peak_to_predicted") { $0.peakToPredicted },
      ], rows: rows.map { ModelMemory($0) })
  }
}
