import Inference
import Measurement
import Reports
import Roofline
import Units

/// One test of a whole model, beside its prediction where there is one.
struct ModelBenchRow {
  let result: ModelResult
  let choice: ModelChoice
  /// Seconds of each operation as a calibrated profile predicts them.
  let prediction: [OperationPrediction]?

  init(
    _ result: ModelResult, _ choice: ModelChoice, _ predictor: ModelPredictor?,
    memory: MemoryState = .probed
  ) {
    self.result = result
    self.choice = choice
    prediction = predictor?.operations(
      result.modelCase,
      readingMemoryAt: memory == .probed ? result.memoryBytesPerSecond : nil)
  }

  /// `tinyllama-1.1b q4_0 pp512`.
  var title: String {
    "\(result.modelCase.model) \(result.modelCase.precision) \(result.modelCase.test)"
  }

  /// Seconds of all operations.
  var predictedSeconds: Double? { prediction.map { $0.reduce(0) { $0 + $1.seconds } } }

  var predictedTokensPerSecond: Double? { predictedSeconds.map { Double(result.tokens) / $0 } }

  static func table(_ rows: [ModelBenchRow]) -> Table<ModelBenchRow> {
    var columns: [Column<ModelBenchRow>] = [
      .text("model", key: "model") { $0.result.modelCase.model },
      .text("precision", key: "precision") { $0.result.modelCase.precision },
      .text("test", key: "test") { $0.result.modelCase.test.description },
      .integer("threads", key: "threads") { $0.result.modelCase.threads },
      .integer("sequences", key: "sequences") { $0.result.modelCase.sequences },
      .number("tok/s", key: "tokens_per_second") { $0.result.tokensPerSecond },
      .number("whole repetitions", key: "whole_tokens_per_second") {
        $0.result.wholeTokensPerSecond
      },
      .number("disturbed", key: "disturbed_share", style: .percent) {
        $0.result.disturbedShare
      },
    ]
    if rows.contains(where: { $0.prediction != nil }) {
      columns += [
        .number("predicted tok/s", key: "predicted_tokens_per_second") {
          $0.predictedTokensPerSecond
        },
        .number("measured / predicted", key: "measured_to_predicted") { row in
          row.predictedTokensPerSecond.map { row.result.tokensPerSecond / $0 }
        },
      ]
    }
    if rows.contains(where: { !$0.result.isSteady }) {
      columns.append(
        .text("not steady because", key: "advisories") { row in
          row.result.isSteady
            ? nil : row.result.advisories.map(\.description).joined(separator: "; ")
        })
    }
    return Table(columns: columns, rows: rows)
  }

  /// One operation: what it took, and what was predicted.
  struct Operation {
    let name: String
    let calls: Int
    let seconds: Double
    let share: Double
    let predicted: Double?
  }

  /// The operations in the order of execution, and what lies between them.
  var operations: [Operation] {
    let whole = result.timedSeconds
    var rows = result.operations.map { timing in
      Operation(
        name: timing.name, calls: timing.calls, seconds: timing.seconds,
        share: timing.seconds / whole,
        predicted: prediction?.first { $0.kind.name == timing.name }?.seconds)
    }
    let between = whole - rows.reduce(0) { $0 + $1.seconds }
    rows.append(
      Operation(
        name: "between operations", calls: 0, seconds: between, share: between / whole,
        predicted: nil))
    rows.append(
      Operation(
        name: "all", calls: rows.reduce(0) { $0 + $1.calls }, seconds: whole, share: 1,
        predicted: predictedSeconds))
    return rows
  }

  /// The operations as a table.
  var operationTable: Table<Operation> {
    var columns: [Column<Operation>] = [
      .text("operation", key: "operation") { $0.name },
      .integer("calls", key: "calls") { $0.calls },
      .number("measured", key: "measured_seconds", style: .seconds) { $0.seconds },
      .number("share", key: "share", style: .percent) { $0.share },
    ]
    if prediction != nil {
      columns.append(
        .number("predicted", key: "predicted_seconds", style: .seconds) { $0.predicted })
    }
    return Table(columns: columns, rows: operations)
  }
}
