import Foundation
import Testing

@testable import Reports

@Suite struct ChartTests {
  @Test(arguments: ChartSample.all.map(\.name))
  func `every chart is drawn as it was when somebody looked at it`(name: String) throws {
    let chart = try #require(ChartSample.all.first { $0.name == name }?.chart)
    try expectGolden(chart.svg(), "\(name).svg")
    try expectGolden(chart.text(width: 80), "\(name).txt")
  }

  @Test(arguments: ChartSample.all.map(\.name))
  func `SVG is XML with a title, a description and finite coordinates`(name: String) throws {
    let svg = try #require(ChartSample.all.first { $0.name == name }?.chart).svg()
    #expect(xmlProblem(svg) == nil)
    #expect(svg.contains("<title id=\"chart-title\">") && svg.contains("<desc"))
    #expect(svg.contains("aria-labelledby=\"chart-title chart-description\""))
    #expect(svg.contains("prefers-color-scheme:dark"))
    for word in ["nan", "inf", "e-", "e+"] {
      #expect(!svg.contains("=\"\(word)") && !svg.contains("-\(word)\""))
    }
    // Every number in a coordinate attribute is one that a reader can place.
    for match in svg.matches(of: /\b(?:x|y|x1|y1|x2|y2|cx|cy|r|width|height)="([^"%]*)"/) {
      #expect(Double(match.output.1)?.isFinite == true, "\(match.output.0)")
    }
  }

  @Test(arguments: ["<script>alert(1)</script>", "a\"b'c&d", "line\nbreak", "\u{1b}[31m", "模型 🤖"])
  func `names stay text`(name: String) {
    for chart in ChartSample.named(name) {
      let svg = chart.svg(identifier: name)
      #expect(xmlProblem(svg) == nil, "\(name)")
      #expect(!svg.contains("<script"))
      let text = chart.text(width: 60)
      #expect(!text.contains("\u{1b}"))
    }
  }

  @Test(arguments: [40, 60, 80, 200])
  func `block characters keep to the width`(width: Int) {
    let wide = "模型 with a long name 🤖 that goes on and on and on and on and on"
    for chart in ChartSample.all.map(\.chart) + ChartSample.named(wide) {
      for line in chart.text(width: width).split(separator: "\n") {
        #expect(displayWidth(String(line)) <= width, "\(chart.title): \(line)")
      }
    }
  }

  @Test func `colours come only when asked for, and end where they began`() {
    for (_, chart) in ChartSample.all {
      #expect(!chart.text().contains("\u{1b}"))
      let colored = chart.text(colors: true)
      let starts = colored.matches(of: /\u{1b}\[38;5;\d+m/).count
      #expect(starts > 0 && starts == colored.matches(of: /\u{1b}\[0m/).count)
      #expect(colored.replacing(/\u{1b}\[[0-9;]*m/, with: "") == chart.text())
    }
  }

  @Test func `a roofline bends where its lines meet`() throws {
    guard case .plot(let plot) = ChartSample.roofline.content else { return }
    let corners = plot.marks.compactMap { mark -> Plot.Point? in
      if case .corner(let point, _, _) = mark { point } else { nil }
    }
    #expect(corners == [Plot.Point(x: 10, y: 1e12), Plot.Point(x: 100, y: 1e14)])
    for case .line(let points, _, _, _) in plot.marks {
      for point in points { #expect(point.y <= 1e12 * point.x * 1.000001) }
    }
  }

  @Test func `a chart without data is still a chart`() {
    let axis = ChartAxis("x", isLogarithmic: true)
    let empty: [Chart] = [
      .roofline(title: "none", description: "", devices: [], work: []),
      .bars(title: "none", description: "", axis: axis, bars: []),
      .lines(title: "none", description: "", x: axis, y: axis, lines: []),
      .scatter(
        title: "none", description: "", measured: axis, predicted: axis, series: [], errors: [],
        pairs: []),
      .memory(title: "none", description: "", parts: [], stacks: []),
    ]
    for chart in empty {
      #expect(xmlProblem(chart.svg()) == nil)
      #expect(chart.text().hasPrefix("none\n"))
    }
  }
}

@Suite struct ChartPaletteTests {
  /// Contrast by WCAG 2: (lighter + 0.05) / (darker + 0.05) of relative luminances.
  private static func contrast(_ one: String, _ other: String) -> Double {
    func luminance(_ color: String) -> Double {
      let value = Int(color.dropFirst(), radix: 16) ?? 0
      let parts = [value >> 16, value >> 8 & 255, value & 255].map { part in
        let share = Double(part) / 255
        return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
      }
      return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    }
    let (a, b) = (luminance(one) + 0.05, luminance(other) + 0.05)
    return max(a, b) / min(a, b)
  }

  @Test func `series reach 3 to 1 on their ground, text 4.5 to 1`() {
    for color in ChartPalette.light {
      #expect(Self.contrast(color, ChartPalette.ground.light) >= 3, "\(color)")
    }
    for color in ChartPalette.dark {
      #expect(Self.contrast(color, ChartPalette.ground.dark) >= 3, "\(color)")
    }
    for text in [ChartPalette.ink, ChartPalette.muted] {
      #expect(Self.contrast(text.light, ChartPalette.ground.light) >= 4.5)
      #expect(Self.contrast(text.dark, ChartPalette.ground.dark) >= 4.5)
    }
  }
}

@Suite struct ChartScaleTests {
  @Test(
    arguments: [
      ([3.0, 80], true, 1.0, 100.0), ([5], true, 1, 10), ([], true, 1, 10),
      ([0, 97], false, 0, 100),
      ([-3, 3], false, -3, 3), ([], false, 0, 1), ([1000], true, 1000, 10000),
    ] as [([Double], Bool, Double, Double)])
  func `bounds are round`(values: [Double], isLogarithmic: Bool, low: Double, high: Double) {
    let scale = ChartScale(covering: values, isLogarithmic: isLogarithmic)
    #expect(abs(scale.low - low) < 1e-9 && abs(scale.high - high) < 1e-6, "\(scale)")
    #expect(scale.fraction(.nan) == nil && scale.fraction(.infinity) == nil)
    let ticks = scale.ticks(6)
    #expect(ticks.count >= 2 && ticks.count <= 12 && ticks == ticks.sorted())
  }
}
