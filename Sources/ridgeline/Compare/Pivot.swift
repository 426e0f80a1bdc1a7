import CommandLineKit
import Engines
import Reports
import Roofline
import Units

/// An axis of a comparison.
enum Axis: String, CaseIterable {
  case model, precision, device, batch, context

  func label(of row: ComparisonRow) -> String {
    switch self {
    case .model: row.model
    case .precision: row.precision
    case .device: row.device
    case .batch: "\(row.batch)"
    case .context: row.context.map { QuantityStyle.plain.text($0, digits: 6) } ?? "\u{2013}"
    }
  }
}

/// What the cells of a pivoted comparison show.
enum PivotValue: String, CaseIterable {
  case decode, prefill
  case decodeRoofline = "decode-roofline"
  case decodeExpected = "decode-expected"
  case prefillExpected = "prefill-expected"
  case weights, memory, fits

  /// What the value is, with its unit.
  var title: String {
    switch self {
    case .decode: "decode bound (tokens/s)"
    case .prefill: "prefill bound (tokens/s)"
    case .decodeRoofline: "decode roofline (tokens/s)"
    case .decodeExpected: "decode expected (tokens/s)"
    case .prefillExpected: "prefill expected (tokens/s)"
    case .weights: "weights (GB)"
    case .memory: "total memory (GB)"
    case .fits: "fits"
    }
  }

  func cell(of row: ComparisonRow) -> Cell {
    switch self {
    case .decode: Cell(row.estimate.decode?.bound.tokensPerSecond.finite)
    case .prefill: Cell(row.estimate.prefill?.bound.tokensPerSecond.finite)
    case .decodeRoofline: Cell(row.estimate.decode?.roofline.tokensPerSecond.finite)
    case .decodeExpected: Cell(row.expectation?.decode?.tokensPerSecond)
    case .prefillExpected: Cell(row.expectation?.prefill?.tokensPerSecond)
    case .weights: .number(row.estimate.memory.weights.gigabytes)
    case .memory: .number(row.estimate.memory.total.gigabytes)
    case .fits: Cell(row.estimate.memory.fits)
    }
  }
}

/// A comparison with one axis across: each row is a combination of the other axes.
struct Pivot {
  /// One row: labels of the other axes and the cells by column label.
  struct Row {
    let labels: [Axis: String]
    var cells: [String: Cell]
  }

  private(set) var rows: [Row] = []
  private(set) var labels: [String] = []
  private let rowAxes: [Axis]
  private let value: PivotValue

  init(
    rows grid: ComparisonGrid, columns: Axis, value: PivotValue, console: Console
  ) throws {
    self.value = value
    var seen: [Axis: Set<String>] = [:]
    var indexOfRow: [[String]: Int] = [:]
    var known: Set<String> = []
    var rows: [Row] = []
    var labels: [String] = []
    let others = Axis.allCases.filter { $0 != columns }
    try grid.forEachRow(console: console) { row in
      let label = columns.label(of: row)
      if known.insert(label).inserted { labels.append(label) }
      let key = others.map { $0.label(of: row) }
      for (axis, text) in zip(others, key) { seen[axis, default: []].insert(text) }
      if let index = indexOfRow[key] {
        rows[index].cells[label] = value.cell(of: row)
      } else {
        indexOfRow[key] = rows.count
        let labelsByAxis = Dictionary(uniqueKeysWithValues: zip(others, key))
        rows.append(Row(labels: labelsByAxis, cells: [label: value.cell(of: row)]))
      }
    }
    self.rows = rows
    self.labels = labels
    // An axis with a single value says nothing in a row; one is kept so that rows have a name.
    let varying = others.filter { (seen[$0]?.count ?? 0) > 1 }
    rowAxes = varying.isEmpty ? [others[0]] : varying
  }

  var table: Table<Row> {
    let names: [Column<Row>] = rowAxes.map { axis in
      .text(axis.rawValue.capitalizedFirst, key: axis.rawValue) { $0.labels[axis] }
    }
    let values: [Column<Row>] = labels.map { label in
      Column(label, key: "\(value.rawValue)_\(label)") { $0.cells[label] ?? .missing }
    }
    return Table(columns: names + values, rows: rows)
  }
}

extension String {
  /// The text with its first letter in upper case.
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
