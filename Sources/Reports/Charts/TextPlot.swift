/// Draws a `Plot` in block characters.
struct TextPlot {
  private let plot: Plot
  private let ink: TextInk
  private let scales: (x: ChartScale, y: ChartScale)
  private let gutter: Int
  private let columns: Int
  private let rows: Int

  init(_ plot: Plot, width: Int, ink: TextInk) {
    self.plot = plot
    self.ink = ink
    let scales = plot.scales
    self.scales = scales
    let labels = scales.y.ticks(6).map { displayWidth(plot.y.style.text($0)) }
    gutter = (labels.max() ?? 1) + 1
    columns = max(20, min(width, 160) - gutter - 1)
    // Characters are about twice as high as wide.
    rows = plot.isSquare ? min(columns / 2, 30) : min(max(12, columns / 4), 26)
  }

  var text: String {
    var canvas = TextCanvas(columns: columns, rows: rows)
    for mark in plot.marks { drawLine(mark, &canvas) }
    for mark in plot.marks { drawPoint(mark, &canvas) }
    for mark in plot.marks { drawLabel(mark, &canvas) }
    var text = truncated(plot.y.title, width: gutter + columns) + "\n"
    let labels = tickRows
    for (row, line) in canvas.lines(ink).enumerated() {
      let label = labels[row] ?? ""
      let mark = labels[row] == nil ? "│" : "┤"
      text += String(repeating: " ", count: gutter - displayWidth(label)) + label + mark + line
      text += "\n"
    }
    return text + axis + legend
  }

  private func place(_ point: Plot.Point) -> (x: Double, y: Double)? {
    guard let x = scales.x.fraction(point.x), let y = scales.y.fraction(point.y) else { return nil }
    return (x, y)
  }

  // MARK: Marks

  private func drawLine(_ mark: Plot.Mark, _ canvas: inout TextCanvas) {
    switch mark {
    case .line(let points, let series, let isDashed, _):
      connect(points, series: series, isDashed: isDashed, &canvas)
    case .band(let lower, let upper, let series):
      connect(lower, series: series, isDashed: true, &canvas)
      connect(upper, series: series, isDashed: true, &canvas)
    case .interval(let x, let low, let high, let series):
      connect(
        [Plot.Point(x: x, y: low), Plot.Point(x: x, y: high)], series: series, isDashed: false,
        &canvas)
    case .dot, .corner: return
    }
  }

  private func connect(
    _ points: [Plot.Point], series: Int, isDashed: Bool, _ canvas: inout TextCanvas
  ) {
    let places = points.compactMap(place)
    for (start, end) in zip(places, places.dropFirst()) {
      canvas.line(from: start, to: end, series: series, isDashed: isDashed)
    }
  }

  private func drawPoint(_ mark: Plot.Mark, _ canvas: inout TextCanvas) {
    guard case .dot(let point, let series, _, _) = mark, let at = place(point),
      let cell = canvas.cell(at.x, at.y)
    else { return }
    let marker = TextInk.markers[max(series, 0) % TextInk.markers.count]
    canvas.put(marker, column: cell.column, row: cell.row, series: series)
  }

  private func drawLabel(_ mark: Plot.Mark, _ canvas: inout TextCanvas) {
    guard let (label, at) = label(of: mark), let cell = canvas.cell(at.x, at.y) else { return }
    let text = PlainText.line(label)
    let width = text.count
    for shift in [0, -1, 1, -2, 2, -3, 3] {
      for column in [cell.column + 2, cell.column - width - 1] {
        if canvas.write(text, column: column, row: cell.row + shift, series: nil) { return }
      }
    }
  }

  private func label(of mark: Plot.Mark) -> (String, (x: Double, y: Double))? {
    switch mark {
    case .dot(let point, _, _, let label?): place(point).map { (label, $0) }
    case .corner(let point, _, let label): place(point).map { (label, $0) }
    case .line(let points, _, _, let label?):
      if let first = points.first.flatMap(place), let last = points.last.flatMap(place) {
        (
          label,
          (
            first.x + (last.x - first.x) * Plot.labelShare(points),
            first.y + (last.y - first.y) * Plot.labelShare(points)
          )
        )
      } else {
        nil
      }
    default: nil
    }
  }

  // MARK: Axes

  /// Tick labels of the y axis by row; the nearer one wins where two meet.
  private var tickRows: [Int: String] {
    var labels: [Int: String] = [:]
    for tick in scales.y.ticks(min(6, rows / 3)) {
      guard let share = scales.y.fraction(tick), (0...1).contains(share) else { continue }
      labels[min(Int((1 - share) * Double(rows)), rows - 1)] = plot.y.style.text(tick)
    }
    return labels
  }

  private var axis: String {
    var rule = Array(repeating: Character("─"), count: columns)
    var labels = Array(repeating: Character(" "), count: columns + gutter + 1)
    var end = 0
    for tick in scales.x.ticks(max(2, columns / 12)) {
      guard let share = scales.x.fraction(tick), (0...1).contains(share) else { continue }
      let column = min(Int(share * Double(columns)), columns - 1)
      rule[column] = "┬"
      let label = Array(plot.x.style.text(tick))
      let start = min(
        max(0, gutter + 1 + column - label.count / 2), labels.count - label.count)
      guard start >= end else { continue }
      for (index, character) in label.enumerated() { labels[start + index] = character }
      end = start + label.count + 1
    }
    let pad = String(repeating: " ", count: gutter)
    let title = truncated(plot.x.title, width: columns)
    let indent = max(0, gutter + 1 + (columns - displayWidth(title)) / 2)
    let line = String(labels).reversed().drop { $0 == " " }.reversed()
    return pad + "└" + String(rule) + "\n" + String(line) + "\n"
      + String(repeating: " ", count: indent) + title + "\n"
  }

  private var legend: String {
    guard plot.series.count > 1 else { return "" }
    return "\n"
      + plot.series.enumerated().map { index, name in
        let mark = String(TextInk.markers[index % TextInk.markers.count])
        let text = truncated(name, width: columns + gutter - 4)
        return "  " + ink.paint(mark, series: index) + " " + text + "\n"
      }.joined()
  }
}
