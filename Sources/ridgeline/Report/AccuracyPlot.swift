import Engines
import HardwareProfiles
import PublishedMeasurements
import QuantizationFormats
import Reports
import Roofline
import TransformerModels

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Predicted against measured speeds as an SVG scatter plot with logarithmic axes.
struct AccuracyPlot {
  private let title: String
  private let rows: [JudgedRow]

  /// Plots the well-read rows of `family` that llama.cpp measured on GPUs.
  init(_ validation: ValidatePublished, family: EngineFamily, title: String) {
    self.title = title
    rows = validation.accuracy.rows.filter {
      $0.family == family && $0.isWellRead
        && $0.published.row.engine.lowercased().contains("llama.cpp")
    }
  }

  private static let side = 480.0
  private static let margin = 64.0
  private static let colors = [
    "cuda, GDDR": "#2b7a0b", "cuda, HBM": "#7b2d8b", "cuda, LPDDR": "#b8860b",
    "metal": "#1f5fbf", "hip": "#c0392b", "vulkan": "#555555",
  ]

  /// The powers of ten around all speeds.
  private var decades: ClosedRange<Int> {
    let speeds = rows.flatMap { [$0.predicted, $0.published.row.tokensPerSecond] }
    let low = speeds.min().map { Logarithm.of($0) / Logarithm.of(10) } ?? 0
    let high = speeds.max().map { Logarithm.of($0) / Logarithm.of(10) } ?? 1
    return Int(low.rounded(.down))...Int(high.rounded(.up))
  }

  var svg: String {
    let size = Int(Self.side + 2 * Self.margin)
    let low = Self.margin
    let high = Self.margin + Self.side
    var text = """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(size)" height="\(size)" \
      viewBox="0 0 \(size) \(size)" font-family="sans-serif" font-size="13">
      <rect width="100%" height="100%" fill="white"/>
      <text x="\(size / 2)" y="28" text-anchor="middle" font-size="16">\(title)</text>
      <text x="\(size / 2)" y="\(size - 12)" text-anchor="middle">measured tokens/s</text>
      <text x="18" y="\(size / 2)" text-anchor="middle" \
      transform="rotate(-90 18 \(size / 2))">predicted tokens/s, device left out</text>

      """
    for decade in decades {
      let at = Self.text(place(Double(decade)))
      let up = Self.text(low + high - place(Double(decade)))
      let label = decade >= 0 ? "1" + String(repeating: "0", count: decade) : "0.1"
      text += "<line x1=\"\(at)\" y1=\"\(low)\" x2=\"\(at)\" y2=\"\(high)\" stroke=\"#ddd\"/>\n"
      text += "<line x1=\"\(low)\" y1=\"\(up)\" x2=\"\(high)\" y2=\"\(up)\" stroke=\"#ddd\"/>\n"
      text += "<text x=\"\(at)\" y=\"\(high + 18)\" text-anchor=\"middle\">\(label)</text>\n"
      text += "<text x=\"\(low - 6)\" y=\"\(up)\" text-anchor=\"end\" dy=\"4\">\(label)</text>\n"
    }
    text +=
      "<line x1=\"\(low)\" y1=\"\(high)\" x2=\"\(high)\" y2=\"\(low)\" stroke=\"#999\"/>\n"
    for row in rows { text += point(row) }
    return text + legend + "</svg>\n"
  }

  private func point(_ row: JudgedRow) -> String {
    let x = place(Logarithm.of(row.published.row.tokensPerSecond) / Logarithm.of(10))
    let y = place(Logarithm.of(row.predicted) / Logarithm.of(10))
    let color = Self.colors[row.errorClass] ?? "black"
    return "<circle cx=\"\(Self.text(x))\" cy=\"\(Self.text(2 * Self.margin + Self.side - y))\""
      + " r=\"3.5\" fill=\"\(color)\" fill-opacity=\"0.6\"><title>\(row.published.profile.id),"
      + " \(row.published.plan.model.id), \(row.published.plan.precision.id)</title></circle>\n"
  }

  private var legend: String {
    let names = Set(rows.map(\.errorClass)).sorted()
    return names.enumerated().map { index, name in
      let y = Self.margin + 18 + Double(index) * 18
      return "<circle cx=\"\(Self.margin + 16)\" cy=\"\(y)\" r=\"4\" fill=\""
        + "\(Self.colors[name] ?? "black")\"/><text x=\"\(Self.margin + 26)\" y=\"\(y + 4)\">"
        + "\(name)</text>\n"
    }.joined()
  }

  /// The distance from the left edge of a power of ten.
  private func place(_ exponent: Double) -> Double {
    let span = Double(decades.upperBound - decades.lowerBound)
    return Self.margin + (exponent - Double(decades.lowerBound)) / span * Self.side
  }

  private static func text(_ coordinate: Double) -> String {
    let tenths = (coordinate * 10).rounded() / 10
    return "\(tenths)"
  }
}
