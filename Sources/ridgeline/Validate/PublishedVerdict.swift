import CommandLineKit
import Engines
import QuantizationFormats
import PublishedMeasurements
import Reports
import Roofline

extension ValidatePublished {
  /// Everything that is grouped, for programs.
  var allGroups: [Subset] {
    headlines + groups { $0.errorClass } + groups { $0.published.plan.precision.id }
      + groups { $0.published.row.engine }
  }

  /// The report for people.
  var blocks: [Document.Block] {
    let wide = groups { $0.errorClass }
    let decode = accuracy.rows.filter { $0.family == .llamaCppDecode && $0.isWellRead }
    let prefill = accuracy.rows.filter { $0.family == .prefill && $0.isWellRead }
    return [
      .heading("Published measurements, each device left out once", level: 1),
      .paragraph(
        "The bound holds for \(comparison.cases.count - beyondBound.count) of"
          + " \(comparison.cases.count) rows. Errors are of speed, predicted over measured."),
      .table(Table(columns: Self.columns, rows: headlines).grid),
      .heading("By device class", level: 2),
      .table(Table(columns: Self.columns, rows: wide).grid),
      .heading("By format", level: 2),
      .table(
        Table(columns: Self.columns, rows: groups { $0.published.plan.precision.id }).grid),
      .heading("By engine", level: 2),
      .table(Table(columns: Self.columns, rows: groups { $0.published.row.engine }).grid),
      .heading("Other estimators' rules: llama.cpp decode on GPUs", level: 2),
      .table(PeerComparison(decode).table.grid),
      .heading("Other estimators' rules: prefill", level: 2),
      .table(PeerComparison(prefill).table.grid),
    ]
  }

  /// What must not get worse: rows over the bound, and headline errors above the gate.
  var gateFailures: [String] {
    var failures = beyondBound.map { "\($0.row.label): \($0.share) of the bound" }
    for subset in headlines {
      guard let gate = Self.gates[subset.name] else { continue }
      if subset.median > gate.median || subset.percentile90 > gate.percentile90 {
        failures.append(
          "\(subset.name): \(subset.median) and \(subset.percentile90) exceed the gate of"
            + " \(gate.median) and \(gate.percentile90)")
      }
    }
    return failures
  }
}
