import Engines
import HardwareProfiles
import PublishedMeasurements
import QuantizationFormats
import Reports
import Roofline
import TransformerModels

extension JudgedRow {
  /// A published measurement beside what is predicted for its device when it is left out.
  static var columns: [Column<JudgedRow>] {
    [
      .text("device", key: "device") { $0.published.profile.id },
      .text("model", key: "model") { $0.published.plan.model.id },
      .text("precision", key: "precision") { $0.published.plan.precision.id },
      .text("engine", key: "engine") { $0.published.row.engine },
      .integer("threads", key: "threads") { $0.published.row.threads },
      .number("context", key: "context", digits: 5) { $0.published.row.meanContext },
      .number("measured", key: "measured") { $0.published.row.tokensPerSecond },
      .number("predicted", key: "predicted") { $0.predicted },
      .number("error", key: "error", style: .percent) {
        $0.predicted / $0.published.row.tokensPerSecond - 1
      },
      .boolean("inside", key: "inside") { $0.isCovered },
    ]
  }

  /// The same of all families in one table, each row with what it is scored as.
  static var scoredColumns: [Column<JudgedRow>] {
    [
      .text("scored as", key: "family") { $0.family.rawValue },
      .text("class", key: "class") { $0.errorClass },
      .text("subset", key: "subset") { $0.published.row.subset },
      .integer("prompt", key: "prompt") { $0.published.row.prompt },
    ] + columns + [
      .number("error if fitted on", key: "fitted_error", style: .percent) { $0.fittedError },
      .boolean("well read", key: "is_well_read") { $0.isWellRead },
    ]
  }
}
