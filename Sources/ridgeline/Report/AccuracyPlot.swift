import Engines
import HardwareProfiles
import PublishedMeasurements
import QuantizationFormats
import Reports
import Roofline
import TransformerModels

/// Predicted against measured speeds, each device left out of the fit.
struct AccuracyPlot {
  let chart: Chart

  /// Plots the well-read rows of `family` that llama.cpp measured on GPUs.
  init(_ validation: ValidatePublished, family: EngineFamily, title: String) {
    let rows = validation.accuracy.rows.filter {
      $0.family == family && $0.isWellRead
        && $0.published.row.engine.lowercased().contains("llama.cpp")
    }
    let classes = Set(rows.map(\.errorClass)).sorted()
    chart = Chart.scatter(
      title: title,
      description: "\(rows.count) published speeds against predictions for devices that were left"
        + " out of the fit, by class of device. On the solid line both are equal; between the"
        + " dashed lines they differ by at most 20 %.",
      measured: ChartAxis("measured tokens/s"),
      predicted: ChartAxis("predicted tokens/s, device left out"),
      series: classes, errors: [0.2],
      pairs: rows.map { row in
        Chart.Pair(
          series: classes.firstIndex(of: row.errorClass) ?? 0,
          detail: "\(row.published.profile.id), \(row.published.plan.model.id),"
            + " \(row.published.plan.precision.id):"
            + " \(Figures.number(row.predicted, digits: 3)) predicted,"
            + " \(Figures.number(row.published.row.tokensPerSecond, digits: 3)) measured",
          measured: row.published.row.tokensPerSecond, predicted: row.predicted)
      })
  }
}
