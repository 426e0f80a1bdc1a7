/// Builds SVG by hand: escaping, coordinates, the frame that all charts share.
struct SVGText {
  private(set) var text = ""
  let width: Double
  let height: Double

  init(_ chart: Chart, width: Double, height: Double, identifier: String) {
    self.width = width
    self.height = height
    let id = Self.escaped(identifier)
    text = """
      <svg xmlns="http://www.w3.org/2000/svg" class="rl" role="img" \
      aria-labelledby="\(id)-title \(id)-description" width="\(Self.number(width))" \
      height="\(Self.number(height))" viewBox="0 0 \(Self.number(width)) \(Self.number(height))">
      <title id="\(id)-title">\(Self.escaped(chart.title))</title>
      <desc id="\(id)-description">\(Self.escaped(chart.description))</desc>
      <style>\(ChartPalette.styleSheet)</style>
      <rect class="p" width="100%" height="100%"/>

      """
    write(chart.title, x: width / 2, y: 26, anchor: .middle, className: "t")
  }

  mutating func finish() -> String {
    text += "</svg>\n"
    return text
  }

  enum Anchor: String {
    case start, middle, end
  }

  mutating func write(
    _ words: String, x: Double, y: Double, anchor: Anchor = .start, className: String? = nil,
    turned: Bool = false
  ) {
    let at = "x=\"\(Self.number(x))\" y=\"\(Self.number(y))\""
    let turn = turned ? " transform=\"rotate(-90 \(Self.number(x)) \(Self.number(y)))\"" : ""
    let style = className.map { " class=\"\($0)\"" } ?? ""
    let side = anchor == .start ? "" : " text-anchor=\"\(anchor.rawValue)\""
    text += "<text \(at)\(side)\(style)\(turn)>\(Self.escaped(words))</text>\n"
  }

  mutating func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, className: String
  ) {
    text += "<line x1=\"\(Self.number(x1))\" y1=\"\(Self.number(y1))\" x2=\"\(Self.number(x2))\""
    text += " y2=\"\(Self.number(y2))\" class=\"\(className)\"/>\n"
  }

  mutating func path(_ points: [(x: Double, y: Double)], isClosed: Bool, className: String) {
    guard !points.isEmpty else { return }
    let places = points.map { "\(Self.number($0.x)) \(Self.number($0.y))" }
    text += "<path d=\"M\(places.joined(separator: "L"))\(isClosed ? "Z" : "")\""
    text += " class=\"\(className)\"/>\n"
  }

  mutating func rectangle(
    x: Double, y: Double, width: Double, height: Double, className: String, detail: String
  ) {
    text += "<rect x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" width=\"\(Self.number(width))\""
    text += " height=\"\(Self.number(height))\" class=\"\(className)\">"
    text += "<title>\(Self.escaped(detail))</title></rect>\n"
  }

  /// A mark whose shape tells its series: circle, diamond, square, triangle, cross, ring.
  mutating func marker(
    _ x: Double, _ y: Double, series: Int, size: Double = 4.5, detail: String? = nil
  ) {
    let name = ChartPalette.className(series)
    let place = { (dx: Double, dy: Double) in
      "\(Self.number(x + dx * size)) \(Self.number(y + dy * size))"
    }
    let outline: [(Double, Double)]
    switch max(series, 0) % ChartPalette.light.count {
    case 1: outline = [(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)]
    case 2: outline = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    case 3: outline = [(0, -1.3), (1.2, 0.9), (-1.2, 0.9)]
    case 4: outline = [(0, 1.3), (1.2, -0.9), (-1.2, -0.9)]
    case 5: outline = [(-1.4, -0.5), (1.4, -0.5), (1.4, 0.5), (-1.4, 0.5)]
    default: outline = []
    }
    let tip = detail.map { "<title>\(Self.escaped($0))</title>" } ?? ""
    if outline.isEmpty {
      text += "<circle cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" r=\"\(Self.number(size))\""
      text += " class=\"d \(name)\">\(tip)</circle>\n"
    } else {
      let points = outline.map { place($0.0, $0.1) }.joined(separator: "L")
      text += "<path d=\"M\(points)Z\" class=\"d \(name)\">\(tip)</path>\n"
    }
  }

  /// Series with their marks in rows below the title; returns the height it took.
  mutating func legend(_ names: [String], left: Double, right: Double, top: Double) -> Double {
    guard names.count > 1 else { return 0 }
    var x = left
    var y = top
    for (index, name) in names.enumerated() {
      let size = Self.width(of: name) + 34
      if x + size > right, x > left {
        x = left
        y += 20
      }
      marker(x + 6, y - 4, series: index)
      write(name, x: x + 16, y: y)
      x += size
    }
    return y - top + 20
  }

  /// About how wide `words` are in the 13 px of the charts.
  static func width(of words: String, size: Double = 13) -> Double {
    Double(displayWidth(words)) * size * 0.56
  }

  /// A coordinate with one decimal at most.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    let tenths = Int((max(-1e9, min(value, 1e9)) * 10).rounded())
    let sign = tenths < 0 ? "-" : ""
    let (whole, part) = tenths.magnitude.quotientAndRemainder(dividingBy: 10)
    return part == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(part)"
  }

  /// Text on one line, its markup harmless in elements and attributes.
  static func escaped(_ text: String) -> String { MarkupText.escaped(text) }
}
