extension Chart {
  /// A line through points, with an interval around it where one is known.
  public struct Line: Equatable, Sendable {
    /// A point of a line.
    public struct Point: Equatable, Sendable {
      /// Where it lies.
      public let x: Double
      /// Its value.
      public let y: Double
      /// An interval around the value.
      public let interval: ClosedRange<Double>?

      /// Describes a point.
      public init(x: Double, y: Double, interval: ClosedRange<Double>? = nil) {
        self.x = x
        self.y = y
        self.interval = interval
      }
    }

    /// The name in the legend.
    public let name: String
    /// The points, ascending in x.
    public let points: [Point]

    /// Describes a line.
    public init(_ name: String, points: [Point]) {
      self.name = name
      self.points = points
    }
  }

  /// Lines over one axis, with their intervals.
  public static func lines(
    title: String, description: String, x: ChartAxis, y: ChartAxis, lines: [Line]
  ) -> Chart {
    func isShown(_ point: Line.Point) -> Bool {
      point.x.isFinite && point.y.isFinite && (!x.isLogarithmic || point.x > 0)
        && (!y.isLogarithmic || point.y > 0)
    }
    var marks: [Plot.Mark] = []
    for (index, line) in lines.enumerated() {
      let points = line.points.filter(isShown)
      let banded = points.filter { $0.interval != nil }
      if banded.count > 1 {
        marks.append(
          .band(
            lower: banded.map { Plot.Point(x: $0.x, y: $0.interval?.lowerBound ?? $0.y) },
            upper: banded.map { Plot.Point(x: $0.x, y: $0.interval?.upperBound ?? $0.y) },
            series: index))
      }
      marks.append(
        .line(
          points.map { Plot.Point(x: $0.x, y: $0.y) }, series: index, isDashed: false, label: nil))
      marks += points.map { point in
        .dot(
          Plot.Point(x: point.x, y: point.y), series: index,
          detail: "\(line.name): \(y.style.text(point.y)) at \(x.style.text(point.x))", label: nil)
      }
    }
    return Chart(
      title: title, description: description,
      content: .plot(Plot(x: x, y: y, series: lines.map(\.name), marks: marks)))
  }

  /// A predicted value beside a measured one.
  public struct Pair: Equatable, Sendable {
    /// The group's place in the list of series.
    public let series: Int
    /// What is shown on hover.
    public let detail: String
    /// What was measured.
    public let measured: Double
    /// What was predicted.
    public let predicted: Double

    /// Describes a pair.
    public init(series: Int, detail: String, measured: Double, predicted: Double) {
      self.series = series
      self.detail = detail
      self.measured = measured
      self.predicted = predicted
    }
  }

  /// Predicted against measured, logarithmic, with the diagonal and dashed lines at the given
  /// relative errors: 0.2 draws 1.2 times the diagonal and 1 / 1.2 of it.
  public static func scatter(
    title: String, description: String, measured: ChartAxis, predicted: ChartAxis,
    series: [String], errors: [Double], pairs: [Pair]
  ) -> Chart {
    let shown = pairs.filter {
      $0.measured.isFinite && $0.predicted.isFinite && $0.measured > 0 && $0.predicted > 0
    }
    let scale = ChartScale(
      covering: shown.flatMap { [$0.measured, $0.predicted] }, isLogarithmic: true)
    var marks: [Plot.Mark] = [diagonal(1, scale, label: nil)]
    for error in errors {
      let label = QuantityStyle.percent.text(error)
      marks.append(diagonal(1 + error, scale, label: "+" + label))
      marks.append(diagonal(1 / (1 + error), scale, label: nil))
    }
    marks += shown.map { pair in
      .dot(
        Plot.Point(x: pair.measured, y: pair.predicted), series: pair.series, detail: pair.detail,
        label: nil)
    }
    return Chart(
      title: title, description: description,
      content: .plot(
        Plot(
          x: ChartAxis(measured.title, style: measured.style, isLogarithmic: true),
          y: ChartAxis(predicted.title, style: predicted.style, isLogarithmic: true),
          series: series, marks: marks, isSquare: true)))
  }

  /// The line y = factor x within the bounds of `scale`; it belongs to no series.
  private static func diagonal(
    _ factor: Double, _ scale: ChartScale, label: String?
  ) -> Plot.Mark {
    let left = max(scale.low, scale.low / factor)
    let right = min(scale.high, scale.high / factor)
    return .line(
      [Plot.Point(x: left, y: left * factor), Plot.Point(x: right, y: right * factor)],
      series: -1, isDashed: factor != 1, label: label)
  }
}
