import CommandLineKit
import Engines
import Reports
import Roofline
import Units

/// A comparison as a picture: lines over batch or context where one of them varies most, bars
/// otherwise.
struct ComparisonChart {
  static let mostRows = 60

  private let rows: [ComparisonRow]
  private let value: PivotValue

  /// - Throws: `UsageError` if there are more rows than a picture can name, or none has a value.
  init(_ rows: [ComparisonRow], value: PivotValue) throws {
    guard value != .fits else {
      throw UsageError("--value fits: is yes or no; choose a number to draw")
    }
    self.rows = rows
    self.value = value
    guard sweep != nil || rows.count <= Self.mostRows else {
      throw UsageError(
        "--svg: \(rows.count) bars are too many to read; narrow the comparison to"
          + " \(Self.mostRows)")
    }
  }

  var chart: Chart { sweep.map(lines) ?? bars }

  private func number(_ row: ComparisonRow) -> Double? {
    switch value.cell(of: row) {
    case .number(let number): number
    case .integer(let number): Double(number)
    case .text, .boolean, .missing: nil
    }
  }

  private func interval(_ row: ComparisonRow) -> ClosedRange<Double>? {
    let speed =
      switch value {
      case .decodeExpected: row.expectation?.decode
      case .prefillExpected: row.expectation?.prefill
      default: nil as ExpectedSpeed?
      }
    return speed.map { $0.low...$0.high }
  }

  // MARK: Axes

  private func labels(_ axis: Axis) -> Set<String> { Set(rows.map(axis.label)) }

  /// Batch or context with three values or more.
  private var sweep: Axis? { [Axis.batch, .context].first { labels($0).count >= 3 } }

  /// The name of a row: what differs from row to row, `axis` left out.
  private func name(_ row: ComparisonRow, without axis: Axis? = nil) -> String {
    let varying = Axis.allCases.filter { $0 != axis && labels($0).count > 1 }
    let parts = (varying.isEmpty ? [Axis.model] : varying).map { varied in
      varied == .batch || varied == .context
        ? "\(varied.rawValue) \(varied.label(of: row))" : varied.label(of: row)
    }
    return parts.joined(separator: ", ")
  }

  private var title: String {
    let fixed = [Axis.model, .precision, .device].filter { labels($0).count == 1 }
    let names = fixed.compactMap { axis in rows.first.map(axis.label) }
    return ([value.title.capitalizedFirst] + names).joined(separator: ", ")
  }

  // MARK: Charts

  private var bars: Chart {
    Chart.bars(
      title: title,
      description: "One bar for each of \(rows.count) predictions; whiskers hold 80 % of the time.",
      axis: ChartAxis(value.title),
      bars: rows.map { Chart.Bar(name($0), number($0), interval: interval($0)) })
  }

  private func lines(over axis: Axis) -> Chart {
    var order: [String] = []
    var points: [String: [Chart.Line.Point]] = [:]
    for row in rows {
      let name = name(row, without: axis)
      if points[name] == nil { order.append(name) }
      let place = axis == .batch ? Double(row.batch) : row.context
      guard let place, let number = number(row) else { continue }
      points[name, default: []].append(
        Chart.Line.Point(x: place, y: number, interval: interval(row)))
    }
    return Chart.lines(
      title: title,
      description: "\(value.title.capitalizedFirst) over \(axis.rawValue), one line for each of"
        + " \(order.count) combinations; bands hold 80 % of the time.",
      x: ChartAxis(axis.rawValue, isLogarithmic: true),
      y: ChartAxis(value.title, isLogarithmic: true),
      lines: order.map { Chart.Line($0, points: points[$0] ?? []) })
  }
}
