import Inference
import Measurement
import QuantizationFormats
import Reports
import Roofline
import TransformerModels
import Units

/// One test of a whole model, beside its prediction where there is one.
struct ModelBenchRow {
  let result: SpeedResult
  let threads: Int
  let cacheBytes: Int
  /// Seconds of each operation as a calibrated profile predicts them.
  let prediction: [OperationPrediction]?

  /// `pp512`, `tg128 @ d2048`.
  var name: String {
    let test = result.test
    let kind = test.phase == .prefill ? "pp" : "tg"
    return "\(kind)\(test.tokens)" + (test.depth > 0 ? " @ d\(test.depth)" : "")
  }

  var tokensPerSecond: Double { Double(result.tokens) / result.medianSeconds }

  private var spread: Double {
    let rates = result.tokensPerSecond
    guard let least = rates.min(), let most = rates.max() else { return 0 }
    return (most - least) / tokensPerSecond
  }

  private var predictedTokensPerSecond: Double? {
    prediction.map { Double(result.tokens) / $0.reduce(0) { $0 + $1.seconds } }
  }

  static func table(_ rows: [ModelBenchRow]) -> Table<ModelBenchRow> {
    var columns: [Column<ModelBenchRow>] = [
      .text("test", key: "test") { $0.name },
      .integer("threads", key: "threads") { $0.threads },
      .integer("sequences", key: "sequences") { $0.result.sequences },
      .number("tok/s", key: "tokens_per_second") { $0.tokensPerSecond },
      .number("spread", key: "spread", style: .percent) { $0.spread },
    ]
    if rows.contains(where: { $0.prediction != nil }) {
      columns += [
        .number("predicted tok/s", key: "predicted_tokens_per_second") {
          $0.predictedTokensPerSecond
        },
        .number("measured / predicted", key: "measured_to_predicted") { row in
          row.predictedTokensPerSecond.map { row.tokensPerSecond / $0 }
        },
      ]
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
  var operationTable: Table<Operation> {
    var rows = result.operations.map { timing in
      Operation(
        name: timing.kind.name, calls: timing.calls, seconds: timing.seconds,
        share: timing.seconds / result.timedSeconds,
        predicted: prediction?.first { $0.kind == timing.kind }?.seconds)
    }
    let between = result.timedSeconds - rows.reduce(0) { $0 + $1.seconds }
    rows.append(
      Operation(
        name: "between operations", calls: 0, seconds: between,
        share: between / result.timedSeconds, predicted: nil))
    rows.append(
      Operation(
        name: "all", calls: rows.reduce(0) { $0 + $1.calls }, seconds: result.timedSeconds,
        share: 1, predicted: prediction.map { $0.reduce(0) { $0 + $1.seconds } }))
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
    return Table(columns: columns, rows: rows)
  }
}

/// What occupies memory: measured beside predicted.
struct ModelMemory {
  /// One line of the table.
  struct Line {
    let what: String
    let predicted: Double?
    let measured: Double?
  }

  let lines: [Line]

  init(_ model: RunnableModel, rows: [ModelBenchRow], workload: Workload) {
    let plan = model.selection.plan(at: model.precision)
    let tokens = rows.map(\.result.test.capacity).max() ?? 0
    let cache = plan.cacheBytes(tokens: tokens).count * Double(workload.batch)
    let process = ProcessMemory.current()
    let most = rows.map { Double($0.cacheBytes) }.max()
    lines = [
      Line(
        what: "weights", predicted: plan.weights.count,
        measured: Double(model.weights.packedBytes)),
      Line(what: "keys and values", predicted: cache, measured: most),
      Line(
        what: "resident, without mapped files", predicted: plan.weights.count + cache,
        measured: process.anonymousBytes.map { Double($0) }),
      Line(
        what: "peak, mapped files included", predicted: nil,
        measured: process.peakBytes.map { Double($0) }),
    ]
  }

  var table: Table<Line> {
    Table(
      columns: [
        .text("memory", key: "memory") { $0.what },
        .number("predicted", key: "predicted_bytes", style: .scaled("B")) { $0.predicted },
        .number("measured", key: "measured_bytes", style: .scaled("B")) { $0.measured },
      ], rows: lines)
  }
}
