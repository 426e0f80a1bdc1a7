import Engines
import HardwareProfiles
import Reports
import Roofline
import TransformerModels
import Units

/// The largest model that each device is expected to run at a reading pace.
enum LargestModels {
  private static let target = 10.0

  static var file: ReportCollection.File {
    ReportCollection.File(
      name: "largest-model.md",
      summary: "the largest model that each device runs at 10 tokens/s",
      contents: { try document.markdown() })
  }

  private struct Row {
    let profile: HardwareProfile
    let parameters: Int?
    let row: ComparisonRow?
  }

  private static var document: Document {
    get throws {
      let parameters = Dictionary(
        uniqueKeysWithValues: try ModelCatalog.entries().map { ($0.model.id, $0.model.parameters) })
      // Only the best of each device is kept of a hundred thousand predictions.
      var best: [String: (parameters: Int, row: ComparisonRow)] = [:]
      for precision in PlanCommand.usualPrecisions {
        for row in try ComparisonRows.all(
          models: ["all"], precisions: [precision], devices: ["all"])
        {
          guard let speed = row.fittingSpeed, speed >= target,
            let size = parameters[row.model]
          else { continue }
          // Of one model the most exact precision, of models of one size the first by name.
          let known = best[row.device]
          if let known, (known.parameters, known.row.weightBits) >= (size, row.weightBits) {
            continue
          }
          best[row.device] = (size, row)
        }
      }
      let rows = try ProfileCatalog.all().map { profile in
        Row(
          profile: profile, parameters: best[profile.id]?.parameters, row: best[profile.id]?.row)
      }
      let table = Table(columns: columns, rows: rows).sorted(by: "parameters", descending: true)
      return Document([
        .heading("The largest model at 10 tokens/s", level: 1),
        .paragraph(
          "The model of the catalog with the most parameters that fits and is expected to decode at"
            + " 10 tokens/s or more, one sequence, prompt of 512 tokens, 128 generated, at the most"
            + " exact of \(PlanCommand.usualPrecisions.joined(separator: ", ")). Mixtures of experts"
            + " count all their experts: they take memory but little time. A dash: no model is so fast, or"
            + " the size of the memory is not known."),
        .table(table.grid),
      ])
    }
  }

  private static var columns: [Column<Row>] {
    [
      .text("device", key: "device") { $0.profile.id },
      .number("usable memory", key: "capacity", style: .fixed("GB", per: 1e9)) {
        $0.profile.usableCapacity?.count
      },
      .text("model", key: "model") { $0.row?.model },
      .number("parameters", key: "parameters", style: .fixed("10^9", per: 1e9)) {
        $0.parameters.map(Double.init)
      },
      .text("precision", key: "precision") { $0.row?.precision },
      .number("memory", key: "total_bytes", style: .fixed("GB", per: 1e9)) {
        $0.row?.estimate.memory.total.count
      },
      .number("expected", key: "expected", style: .fixed("tokens/s", per: 1)) {
        $0.row?.fittingSpeed
      },
      .number("low", key: "low") { $0.row?.expectation?.decode?.low },
      .number("high", key: "high") { $0.row?.expectation?.decode?.high },
    ]
  }
}
