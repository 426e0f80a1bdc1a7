/// Marks over two axes: what rooflines, lines and scatter plots have in common.
struct Plot: Equatable, Sendable {
  struct Point: Equatable, Sendable {
    let x: Double
    let y: Double
  }

  /// One mark, drawn in the style of its series.
  enum Mark: Equatable, Sendable {
    /// Straight lines from point to point; `label` is written along the first part.
    case line([Point], series: Int, isDashed: Bool, label: String?)
    /// What lies between two lines over the same x.
    case band(lower: [Point], upper: [Point], series: Int)
    /// A measured or computed point; `detail` is shown on hover, `label` beside it.
    case dot(Point, series: Int, detail: String, label: String?)
    /// An interval of y.
    case interval(x: Double, low: Double, high: Double, series: Int)
    /// A point of a ceiling that deserves a name.
    case corner(Point, series: Int, label: String)
  }

  let x: ChartAxis
  let y: ChartAxis
  /// Names for the legend; a single series needs none.
  let series: [String]
  let marks: [Mark]
  /// Whether both axes have the same bounds, for comparing x with y.
  var isSquare = false
  /// Values that the axes must cover besides those of the marks.
  var covered: [Point] = []

  var scales: (x: ChartScale, y: ChartScale) {
    let points = marks.flatMap(\.points) + covered
    var xs = points.map(\.x)
    var ys = points.map(\.y)
    if isSquare {
      xs += ys
      ys = xs
    }
    return (
      ChartScale(covering: xs, isLogarithmic: x.isLogarithmic),
      ChartScale(covering: ys, isLogarithmic: y.isLogarithmic)
    )
  }
}

extension Plot {
  /// How far along a line its label stands: flat parts are named near their far end.
  static func labelShare(_ points: [Point]) -> Double {
    points.first?.y == points.last?.y ? 0.7 : 0.35
  }
}

extension Plot.Mark {
  /// The points that the axes must cover.
  fileprivate var points: [Plot.Point] {
    switch self {
    case .line(let points, _, _, _): points
    case .band(let lower, let upper, _): lower + upper
    case .dot(let point, _, _, _), .corner(let point, _, _): [point]
    case .interval(let x, let low, let high, _):
      [Plot.Point(x: x, y: low), Plot.Point(x: x, y: high)]
    }
  }
}

/// Bars from left to right under one axis, one row for each name.
struct BarPlot: Equatable, Sendable {
  /// A part of a row, from one value to another.
  struct Segment: Equatable, Sendable {
    let start: Double
    let end: Double
    let series: Int
    let detail: String
  }

  struct Row: Equatable, Sendable {
    let name: String
    let segments: [Segment]
    /// What is written behind the bar.
    let value: String
    /// An interval to draw over the bar.
    var interval: ClosedRange<Double>?
    /// A limit to mark, such as a capacity.
    var limit: Double?
  }

  let axis: ChartAxis
  /// Names for the legend; a single series needs none.
  let series: [String]
  let rows: [Row]

  var scale: ChartScale {
    let values = rows.flatMap { row in
      row.segments.flatMap { [$0.start, $0.end] }
        + [row.interval?.lowerBound, row.interval?.upperBound, row.limit].compactMap { $0 }
    }
    return ChartScale(covering: values, isLogarithmic: axis.isLogarithmic)
  }
}
