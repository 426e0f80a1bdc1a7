/// Draws a `Plot` as SVG.
struct SVGPlot {
  private let chart: Chart
  private let plot: Plot
  private let identifier: String
  private let scales: (x: ChartScale, y: ChartScale)
  private let left = 76.0
  private let right: Double
  private let top: Double
  private let bottom: Double
  private let width: Double
  private let height: Double

  init(_ chart: Chart, _ plot: Plot, identifier: String) {
    self.chart = chart
    self.plot = plot
    self.identifier = identifier
    scales = plot.scales
    width = plot.isSquare ? 600 : 780
    right = width - 24
    let rows = Self.legendRows(plot.series, width: right - left)
    top = 44 + rows * 20
    height = top + (plot.isSquare ? right - left : 400) + 56
    bottom = height - 56
  }

  private static func legendRows(_ names: [String], width: Double) -> Double {
    guard names.count > 1 else { return 0 }
    var rows = 1.0
    var used = 0.0
    for name in names {
      let size = SVGText.width(of: name) + 34
      if used > 0, used + size > width {
        rows += 1
        used = 0
      }
      used += size
    }
    return rows
  }

  var text: String {
    var svg = SVGText(chart, width: width, height: height, identifier: identifier)
    _ = svg.legend(plot.series, left: left, right: right, top: 52)
    drawGrid(&svg)
    for mark in plot.marks { drawLine(mark, &svg) }
    for mark in plot.marks { drawPoint(mark, &svg) }
    drawLabels(&svg)
    return svg.finish()
  }

  private func place(_ point: Plot.Point) -> (x: Double, y: Double)? {
    guard let x = scales.x.fraction(point.x), let y = scales.y.fraction(point.y) else { return nil }
    return (left + x * (right - left), bottom - y * (bottom - top))
  }

  private func drawGrid(_ svg: inout SVGText) {
    for tick in scales.x.ticks(8) {
      guard let share = scales.x.fraction(tick) else { continue }
      let x = left + share * (right - left)
      svg.line(x, top, x, bottom, className: "g")
      svg.write(
        plot.x.style.text(tick), x: x, y: bottom + 18, anchor: .middle, className: "m n")
    }
    for tick in scales.y.ticks(8) {
      guard let share = scales.y.fraction(tick) else { continue }
      let y = bottom - share * (bottom - top)
      svg.line(left, y, right, y, className: "g")
      svg.write(plot.y.style.text(tick), x: left - 6, y: y + 4, anchor: .end, className: "m n")
    }
    svg.write(plot.x.title, x: (left + right) / 2, y: height - 14, anchor: .middle)
    svg.write(plot.y.title, x: 18, y: (top + bottom) / 2, anchor: .middle, turned: true)
  }

  private func drawLine(_ mark: Plot.Mark, _ svg: inout SVGText) {
    switch mark {
    case .line(let points, let series, let isDashed, _):
      svg.path(
        points.compactMap(place), isClosed: false,
        className: "l \(ChartPalette.className(series))" + (isDashed ? " h" : ""))
    case .band(let lower, let upper, let series):
      svg.path(
        lower.compactMap(place) + upper.reversed().compactMap(place), isClosed: true,
        className: "b \(ChartPalette.className(series))")
    case .interval(let x, let low, let high, let series):
      guard let foot = place(Plot.Point(x: x, y: low)), let head = place(Plot.Point(x: x, y: high))
      else { return }
      svg.line(foot.x, foot.y, head.x, head.y, className: "l \(ChartPalette.className(series))")
    case .dot, .corner: return
    }
  }

  private func drawPoint(_ mark: Plot.Mark, _ svg: inout SVGText) {
    switch mark {
    case .dot(let point, let series, let detail, let label):
      guard let at = place(point) else { return }
      let size = label == nil ? 4 : 6.0
      svg.marker(at.x, at.y, series: series, size: size, detail: detail)
    case .corner(let point, let series, _):
      guard let at = place(point) else { return }
      let name = ChartPalette.className(series)
      svg.path(
        [(at.x, at.y - 7), (at.x, at.y + 7)], isClosed: false, className: "l \(name)")
    case .line, .band, .interval: return
    }
  }

  private func drawLabels(_ svg: inout SVGText) {
    var placement = LabelPlacement(
      bounds: .init(left: left, top: top - 16, right: right, bottom: bottom))
    for mark in plot.marks {
      guard case .dot(let point, _, _, _) = mark, let at = place(point) else { continue }
      placement.block(
        .init(left: at.x - 5, top: at.y - 5, right: at.x + 5, bottom: at.y + 5))
    }
    for mark in plot.marks {
      guard let (label, at, gap) = label(of: mark) else { continue }
      let size = SVGText.width(of: label, size: 12)
      var isOnLine = true
      if case .dot = mark { isOnLine = false }
      guard
        let corner = placement.place(
          x: at.x, y: at.y, width: size, height: 15, gap: gap, isOnLine: isOnLine)
      else { continue }
      svg.write(label, x: corner.x, y: corner.y + 12, className: "n o" + labelClass(of: mark))
    }
  }

  /// Where there are several series, names of lines have the colour of theirs.
  private func labelClass(of mark: Plot.Mark) -> String {
    guard plot.series.count > 1 else { return "" }
    switch mark {
    case .line(_, let series, _, _), .corner(_, let series, _):
      return ChartPalette.labelClass(series)
    case .dot, .band, .interval: return ""
    }
  }

  /// What to write beside a mark, and where.
  private func label(of mark: Plot.Mark) -> (String, (x: Double, y: Double), Double)? {
    switch mark {
    case .dot(let point, _, _, let label?):
      return place(point).map { (label, $0, 10) }
    case .corner(let point, _, let label):
      return place(point).map { (label, $0, 10) }
    case .line(let points, _, _, let label?):
      guard let first = points.first.flatMap(place), let last = points.last.flatMap(place) else {
        return nil
      }
      let share = Plot.labelShare(points)
      return (
        label, (first.x + (last.x - first.x) * share, first.y + (last.y - first.y) * share), 8
      )
    default: return nil
    }
  }
}
