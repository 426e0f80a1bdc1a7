/// A picture of numbers, before any format.
///
/// Built by `roofline`, `bars`, `lines`, `scatter`, `waterfall` and `memory`; drawn as SVG or in
/// block characters. Values that are infinite, not a number, or not positive on a logarithmic axis
/// are left out.
public struct Chart: Equatable, Sendable {
  /// What the chart shows, in a few words.
  public let title: String

  /// What a reader sees in it, for those who cannot: one or two sentences.
  public let description: String

  let content: Content

  enum Content: Equatable, Sendable {
    case plot(Plot)
    case bars(BarPlot)
  }

  /// The chart as an SVG document or element, with a final line end.
  ///
  /// Several charts in one HTML page need different identifiers.
  public func svg(identifier: String = "chart") -> String {
    switch content {
    case .plot(let plot): SVGPlot(self, plot, identifier: identifier).text
    case .bars(let bars): SVGBars(self, bars, identifier: identifier).text
    }
  }

  /// The chart in block characters for a terminal of `width` columns, 40 at least.
  ///
  /// Series differ by shape or fill, so that nothing is lost without `colors`.
  public func text(width: Int = 80, colors: Bool = false) -> String {
    let ink = TextInk(isColored: colors)
    let body =
      switch content {
      case .plot(let plot): TextPlot(plot, width: max(40, width), ink: ink).text
      case .bars(let bars): TextBars(bars, width: max(40, width), ink: ink).text
      }
    return wrapped(title, width: max(40, width)).map { $0 + "\n" }.joined() + "\n" + body
  }
}

/// What an axis measures and how.
public struct ChartAxis: Equatable, Sendable {
  /// The quantity with its unit: "decode, tokens/s".
  public let title: String

  /// How tick labels are written.
  public let style: QuantityStyle

  /// Whether equal distances are equal ratios.
  public let isLogarithmic: Bool

  /// Describes an axis.
  public init(_ title: String, style: QuantityStyle = .plain, isLogarithmic: Bool = false) {
    self.title = title
    self.style = style
    self.isLogarithmic = isLogarithmic
  }
}
