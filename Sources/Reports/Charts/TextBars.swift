/// Draws a `BarPlot` in block characters, an eighth of a column fine.
struct TextBars {
  private let plot: BarPlot
  private let ink: TextInk
  private let scale: ChartScale
  private let names: Int
  private let columns: Int
  private let values: Int

  init(_ plot: BarPlot, width: Int, ink: TextInk) {
    self.plot = plot
    self.ink = ink
    scale = plot.scale
    let longest = plot.rows.map { displayWidth(PlainText.line($0.name)) }.max() ?? 0
    let longestValue = plot.rows.map { displayWidth(PlainText.line($0.value)) }.max() ?? 0
    values = min(longestValue, width / 3)
    names = min(longest, width / 3)
    columns = max(10, min(width, 160) - names - values - 3)
  }

  var text: String {
    plot.rows.map(line).joined() + legend
  }

  private func line(_ row: BarPlot.Row) -> String {
    let name = truncated(row.name, width: names)
    let padding = String(repeating: " ", count: names - displayWidth(name))
    return name + padding + " " + bar(row) + " " + truncated(row.value, width: values) + "\n"
  }

  private func bar(_ row: BarPlot.Row) -> String {
    var cells = Array(repeating: Character(" "), count: columns)
    var owners = [Int?](repeating: nil, count: columns)
    for segment in row.segments {
      let fill = TextInk.fills[segment.series % TextInk.fills.count]
      let start = place(segment.start)
      let end = max(place(segment.end), start + 0.125)
      for column in Int(start)..<min(columns, max(Int(end.rounded(.up)), Int(start) + 1)) {
        // A bar's end is fine to an eighth; the borders between parts are whole columns.
        let part = end - Double(column)
        cells[column] = part < 1 && fill == "█" ? Self.eighths[max(1, Int(part * 8))] : fill
        owners[column] = segment.series
      }
    }
    if let interval = row.interval { mark(interval, &cells, &owners) }
    if let limit = row.limit {
      let column = min(Int(place(limit)), columns - 1)
      cells[column] = "┃"
      owners[column] = nil
    }
    return painted(cells, owners)
  }

  /// The cells as text, neighbours of one series in one run of colour.
  private func painted(_ cells: [Character], _ owners: [Int?]) -> String {
    var text = ""
    var run = ""
    for (index, cell) in cells.enumerated() {
      if index > 0, owners[index] != owners[index - 1] {
        text += ink.paint(run, series: owners[index - 1])
        run = ""
      }
      run.append(cell)
    }
    return text + ink.paint(run, series: owners.last ?? nil)
  }

  private static let eighths: [Character] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"]

  private func mark(
    _ interval: ClosedRange<Double>, _ cells: inout [Character], _ owners: inout [Int?]
  ) {
    let low = min(Int(place(interval.lowerBound)), columns - 1)
    let high = min(Int(place(interval.upperBound)), columns - 1)
    for column in low...max(low, high) {
      cells[column] = column == low ? "├" : column == high ? "┤" : "─"
      owners[column] = nil
    }
  }

  private func place(_ value: Double) -> Double {
    min(max(scale.fraction(value) ?? 0, 0), 1) * Double(columns)
  }

  private var legend: String {
    var parts: [String] = []
    if plot.series.count > 1 {
      for (index, name) in plot.series.enumerated() {
        let fill = String(TextInk.fills[index % TextInk.fills.count])
        parts.append(ink.paint(fill, series: index) + " " + truncated(name, width: names + columns))
      }
    }
    if plot.rows.contains(where: { $0.limit != nil }) { parts.append("┃ capacity") }
    guard !parts.isEmpty else { return "" }
    return "\n" + parts.map { "  " + $0 + "\n" }.joined()
  }
}
