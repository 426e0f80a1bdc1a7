/// Draws a `BarPlot` as SVG: one row for each name, values to the right.
struct SVGBars {
  private let chart: Chart
  private let plot: BarPlot
  private let identifier: String
  private let scale: ChartScale
  private let left: Double
  private let right: Double
  private let width = 780.0
  private let rowHeight = 26.0

  init(_ chart: Chart, _ plot: BarPlot, identifier: String) {
    self.chart = chart
    self.plot = plot
    self.identifier = identifier
    scale = plot.scale
    let names = plot.rows.map { SVGText.width(of: $0.name) }.max() ?? 0
    let values = plot.rows.map { SVGText.width(of: $0.value) }.max() ?? 0
    left = min(names + 24, width * 0.4)
    right = width - min(values + 20, width * 0.3)
  }

  var text: String {
    let rows = max(1, plot.rows.count)
    let legendHeight = plot.series.count > 1 ? 44.0 : 0
    let top = 44 + legendHeight
    let bottom = top + Double(rows) * rowHeight
    var svg = SVGText(chart, width: width, height: bottom + 48, identifier: identifier)
    _ = svg.legend(plot.series, left: 24, right: width - 24, top: 52)
    for tick in scale.ticks(6) {
      let x = place(tick)
      svg.line(x, top, x, bottom, className: "g")
      svg.write(
        plot.axis.style.text(tick), x: x, y: bottom + 17, anchor: .middle, className: "m n")
    }
    svg.write(
      plot.axis.title, x: (left + right) / 2, y: bottom + 37, anchor: .middle)
    for (index, row) in plot.rows.enumerated() {
      draw(row, top: top + Double(index) * rowHeight, &svg)
    }
    return svg.finish()
  }

  private func place(_ value: Double) -> Double {
    left + min(max(scale.fraction(value) ?? 0, 0), 1) * (right - left)
  }

  private func draw(_ row: BarPlot.Row, top: Double, _ svg: inout SVGText) {
    let middle = top + rowHeight / 2
    svg.write(
      clipped(row.name, width: left - 14), x: left - 8, y: middle + 4, anchor: .end)
    for segment in row.segments {
      let start = place(segment.start)
      svg.rectangle(
        x: start, y: top + 5, width: max(place(segment.end) - start, 0.5),
        height: rowHeight - 10, className: "d \(ChartPalette.className(segment.series))",
        detail: segment.detail)
    }
    if let interval = row.interval {
      let low = place(interval.lowerBound)
      let high = place(interval.upperBound)
      svg.path([(low, middle), (high, middle)], isClosed: false, className: "l c")
      for end in [low, high] {
        svg.path([(end, middle - 5), (end, middle + 5)], isClosed: false, className: "l c")
      }
    }
    if let limit = row.limit {
      let x = place(limit)
      svg.path([(x, top + 1), (x, top + rowHeight - 1)], isClosed: false, className: "l c")
    }
    svg.write(row.value, x: right + 8, y: middle + 4, className: "n")
  }

  /// Names too long for their column end in an ellipsis; the detail has them whole.
  private func clipped(_ name: String, width: Double) -> String {
    guard SVGText.width(of: name) > width else { return name }
    return truncated(name, width: Int(width / (13 * 0.56)))
  }
}
