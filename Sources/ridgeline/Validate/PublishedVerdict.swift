import CommandLineKit
import Engines
import QuantizationFormats
import PublishedMeasurements
import Reports
import Roofline

extension ValidatePublished {
  /// Everything that is grouped, for programs.
  private var allGroups: [Subset] {
    headlines + groups { $0.errorClass } + groups { $0.published.plan.precision.id }
      + groups { $0.published.row.engine }
  }

  /// Every row, the worst first.
  private var caseTable: Table<JudgedRow> {
    Table(
      columns: JudgedRow.scoredColumns, rows: accuracy.rows.sorted { $0.error > $1.error })
  }

  /// The report in one of the formats; `showsCases` adds every case, or prints nothing else where
  /// the format holds one table.
  func text(as format: OutputFormat, showsCases: Bool, width: Int) throws -> String {
    guard !format.isForMachines else {
      return showsCases
        ? try caseTable.text(as: format)
        : try Table(columns: Self.columns, rows: allGroups).text(as: format)
    }
    var document = Document(blocks)
    if showsCases {
      document.append(.heading("Cases, worst first", level: 2))
      document.append(.table(caseTable.grid))
    }
    return format == .text ? document.text(width: width) : document.markdown()
  }

  /// The report for people.
  private var blocks: [Document.Block] {
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
