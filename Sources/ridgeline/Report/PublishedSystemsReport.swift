import CommandLineKit
import Engines
import Reports
import Roofline
import Units

/// `reports/published-systems.md`: published tables of quantization systems beside predictions.
struct PublishedSystemsReport {
  /// A published figure with ours.
  private struct Row {
    let system: PublishedSystem
    let bound: Double
    let expected: Double?

    /// What stands beside the published figure.
    var predicted: Double { expected ?? bound }
    var error: Double { predicted / system.published - 1 }
  }

  /// A gap that needs an explanation.
  private static let gap = 0.25

  var document: Document {
    get throws {
      let rows = try PublishedSystem.all.map(Self.predict)
      return Document(
        Self.introduction(rows) + PublishedSystem.Source.allCases.flatMap { Self.section($0, rows) }
      )
    }
  }

  private static func introduction(_ rows: [Row]) -> [Document.Block] {
    let large = rows.count { abs($0.error) > gap }
    return [
      .heading("Published tables of quantization systems beside Ridgeline", level: 1),
      .paragraph(
        "Written by 'ridgeline report published-systems'. The bound is what the hardware allows; the"
          + " prediction is what the engine's constants make of it, fitted to other rows. Memory is"
          + " counted, not fitted, and given without the engine's overhead. \(rows.count - large) of"
          + " \(rows.count) predictions are within 25 % of the published figure; each table is"
          + " followed by what explains the others."),
    ]
  }

  private static func section(_ source: PublishedSystem.Source, _ all: [Row]) -> [Document.Block] {
    let rows = all.filter { $0.system.source == source }
    return [
      .heading(source.rawValue, level: 2),
      .table(Table(columns: columns(rows), rows: rows).grid),
      .bullets(source.reasons),
    ]
  }

  private static func columns(_ rows: [Row]) -> [Column<Row>] {
    var columns: [Column<Row>] = [
      .text("model", key: "model") { $0.system.model },
      .text("precision", key: "precision") { $0.system.precision },
    ]
    if rows.contains(where: { $0.system.threads != nil }) {
      columns.append(.integer("threads", key: "threads") { $0.system.threads })
    }
    if rows.contains(where: { $0.system.batch > 1 }) {
      columns.append(.integer("batch", key: "batch") { $0.system.batch })
    }
    return columns + [
      .integer("prompt", key: "prompt", digits: 5) { $0.system.prompt },
      .text("figure", key: "figure") { $0.system.quantity.rawValue },
      .number("published", key: "published") { $0.system.published },
      .number("bound", key: "bound") { $0.bound },
      .number("predicted", key: "predicted") { $0.predicted },
      .number("error", key: "error", style: .percent, digits: 2) { $0.error },
    ]
  }

  private static func predict(_ system: PublishedSystem) throws -> Row {
    var command = PredictCommand()
    command.model = system.model
    command.precision = system.precision
    command.device = system.device
    command.engine = system.engine
    command.threads = system.threads
    command.workload.batch = system.batch
    command.workload.prompt = system.prompt
    command.workload.generate = system.generate
    let prediction = try command.predict()
    let estimate = prediction.estimate
    let memory = estimate.memory
    func row(_ bound: Double?, _ expected: Double?) throws -> Row {
      guard let bound else { throw CommandFailure("no estimate for \(system.model)") }
      return Row(system: system, bound: bound, expected: expected)
    }
    let tokens = Double(system.batch) * 1000
    switch system.quantity {
    case .prefillMilliseconds:
      let work = tokens * Double(system.prompt)
      return try row(
        estimate.prefill.map { work / $0.bound.tokensPerSecond },
        prediction.expectation?.prefill.map { work / $0.tokensPerSecond })
    case .stepMilliseconds:
      return try row(
        estimate.decode.map { tokens / $0.bound.tokensPerSecond },
        prediction.expectation?.decode.map { tokens / $0.tokensPerSecond })
    case .tokensPerSecond:
      return try row(
        estimate.decode?.bound.tokensPerSecond, prediction.expectation?.decode?.tokensPerSecond)
    case .weightsGiB: return try row(memory.weights.count / 0x1p30, nil)
    case .memoryGiB:
      return try row((memory.weights + memory.cache + memory.activations).count / 0x1p30, nil)
    }
  }
}
