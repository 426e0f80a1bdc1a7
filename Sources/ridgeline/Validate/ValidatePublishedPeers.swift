import Engines
import PublishedMeasurements
import Reports

/// Peers' rules on the rows on which ours is judged.
struct PeerComparison {
  struct Entry {
    let name: String
    let errors: [Double]

    var mean: Double { errors.isEmpty ? 0 : errors.reduce(0, +) / Double(errors.count) }
    var median: Double { Quantiles.value(0.5, of: errors) }
    var percentile90: Double { Quantiles.value(0.9, of: errors) }
  }

  let entries: [Entry]

  /// Compares on `rows`, all decodes or all prefills.
  init(_ rows: [JudgedRow]) {
    let rules = rows.first?.family == .prefill ? PeerRule.prefill : PeerRule.decode
    let ours = Entry(name: "ridgeline, device left out", errors: rows.map(\.error))
    entries =
      [ours]
      + rules.map { rule in
        Entry(
          name: rule.name,
          errors: rows.compactMap { row in
            rule.tokensPerSecond(row.published).map {
              abs($0 / row.published.row.tokensPerSecond - 1)
            }
          })
      }
  }

  static var columns: [Column<Entry>] {
    [
      .text("rule", key: "rule") { $0.name },
      .integer("rows", key: "rows") { $0.errors.count },
      .number("mean error", key: "mean_error", style: .percent) { $0.mean },
      .number("median", key: "median_error", style: .percent) { $0.median },
      .number("90 % below", key: "percentile_90_error", style: .percent) { $0.percentile90 },
    ]
  }

  var table: Table<Entry> { Table(columns: Self.columns, rows: entries) }
}
