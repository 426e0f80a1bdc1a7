import Reports

/// Predicted beside measured, with statistics of all cases and of groups.
struct ValidationReport {
  private let cases: [ValidatedCase]
  private let compared: [ValidatedCase]

  /// The statistics of everything that was predicted; `nil` if nothing was.
  let overall: ErrorStatistics?

  init(_ cases: [ValidatedCase]) {
    self.cases = cases
    compared = cases.filter { $0.predicted != nil }
    overall = ErrorStatistics(Self.pairs(compared))
  }

  private static func pairs(
    _ cases: [ValidatedCase]
  ) -> [(predicted: Double, measured: Double)] {
    cases.compactMap { item in item.predicted.map { ($0, item.measured) } }
  }

  /// One row of statistics.
  private struct Row {
    let property: String
    let value: String
    let statistics: ErrorStatistics
  }

  private var rows: [Row] {
    var rows: [Row] = []
    if let overall { rows.append(Row(property: "all", value: "", statistics: overall)) }
    let properties = compared.flatMap { $0.groups.map(\.property) }.uniqued
    for property in properties {
      let values = compared.flatMap { item in
        item.groups.filter { $0.property == property }.map(\.value)
      }.uniqued
      for value in values {
        let members = compared.filter { item in
          item.groups.contains { $0.property == property && $0.value == value }
        }
        guard let statistics = ErrorStatistics(Self.pairs(members)) else { continue }
        rows.append(Row(property: property, value: value, statistics: statistics))
      }
    }
    return rows
  }

  /// The statistics, one row for all and one for each group.
  private var statistics: Table<Row> {
    Table(
      columns: [
        .text("by", key: "property") { $0.property },
        .text("value", key: "value") { $0.value },
        .integer("cases", key: "cases") { $0.statistics.count },
        .number("median error", key: "median_error", style: .percent) { $0.statistics.median },
        .number("90th percentile", key: "error_90th_percentile", style: .percent) {
          $0.statistics.ninetiethPercentile
        },
        .number("worst", key: "worst_error", style: .percent) { $0.statistics.worst },
        .number("bias", key: "bias", style: .percent) { $0.statistics.bias },
      ], rows: rows)
  }

  /// The statistics, one row for all and one for each group.
  var statisticsGrid: TableGrid { statistics.grid }

  /// The cases, the worst first.
  var caseTable: Table<ValidatedCase> {
    let sorted = compared.sorted { abs($0.error ?? 0) > abs($1.error ?? 0) }
    return Table(
      columns: [
        .text("case", key: "case") { $0.label },
        .number("measured", key: "measured_seconds", style: .seconds) { $0.measured },
        .number("predicted", key: "predicted_seconds", style: .seconds) { $0.predicted },
        .number("error", key: "error", style: .percent) { $0.error },
        .number("bound", key: "bound_seconds", style: .seconds) { $0.bound },
        .text("not predicted because", key: "obstacle") { $0.obstacle },
      ], rows: sorted + cases.filter { $0.predicted == nil })
  }

  /// The report in one of the formats; `showsCases` adds every case.
  func text(as format: OutputFormat, showsCases: Bool, width: Int) throws -> String {
    switch format {
    case .csv: return try caseTable.text(as: .csv)
    case .json:
      let value: JSONValue = [
        "schema_version": 1, "compared": .integer(compared.count),
        "not_predicted": .integer(cases.count - compared.count),
        "faster_than_bound": .integer(cases.count(where: \.beatsBound)),
        "statistics": statistics.jsonValue, "cases": caseTable.jsonValue,
      ]
      return try value.text()
    case .text: return document(showsCases).text(width: width)
    case .markdown: return document(showsCases).markdown()
    }
  }

  private func document(_ showsCases: Bool) -> Document {
    var document = Document([
      .heading("Predicted against measured", level: 1), .paragraph(summary),
    ])
    if !rows.isEmpty { document.append(.table(statistics.grid)) }
    let obstacles = cases.compactMap(\.obstacle).uniqued
    if !obstacles.isEmpty {
      document.append(.heading("Not predicted", level: 2))
      document.append(
        .bullets(
          obstacles.prefix(20).map { reason in
            "\(cases.count { $0.obstacle == reason }) cases: \(reason)"
          }))
    }
    if showsCases {
      document.append(.heading("Cases, worst first", level: 2))
      document.append(.table(caseTable.grid))
    }
    return document
  }

  /// The statistics of all cases in a sentence.
  var summary: String {
    var text = "\(compared.count) of \(cases.count) cases were predicted."
    if let overall {
      let percent = QuantityStyle.percent
      text += " Median error \(percent.text(overall.median)), 90th percentile"
      text += " \(percent.text(overall.ninetiethPercentile)), worst"
      text += " \(percent.text(overall.worst)), bias \(percent.text(overall.bias))."
    }
    if cases.contains(where: { $0.bound != nil }) {
      text += " \(cases.count(where: \.beatsBound)) measurements are faster than the bound."
    }
    return text
  }
}

extension [String] {
  /// Each value once, in the order of first appearance.
  fileprivate var uniqued: [String] {
    var seen: Set<String> = []
    return filter { seen.insert($0).inserted }
  }
}
