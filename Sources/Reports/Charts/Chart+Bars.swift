extension Chart {
  /// One bar: a name, a value, and how far it may be off.
  public struct Bar: Equatable, Sendable {
    /// What the bar stands for.
    public let name: String
    /// Its length; missing values keep their row.
    public let value: Double?
    /// An interval around the value.
    public let interval: ClosedRange<Double>?

    /// Describes a bar.
    public init(_ name: String, _ value: Double?, interval: ClosedRange<Double>? = nil) {
      self.name = name
      self.value = value.flatMap { $0.isFinite ? $0 : nil }
      self.interval = interval.flatMap { range in
        range.lowerBound.isFinite && range.upperBound.isFinite ? range : nil
      }
    }
  }

  /// Bars of one quantity, from zero.
  public static func bars(
    title: String, description: String, axis: ChartAxis, bars: [Bar]
  ) -> Chart {
    let rows = bars.map { bar in
      let text = bar.value.map { axis.style.text($0) } ?? "\u{2013}"
      return BarPlot.Row(
        name: bar.name,
        segments: bar.value.map {
          [BarPlot.Segment(start: 0, end: $0, series: 0, detail: "\(bar.name): \(text)")]
        } ?? [],
        value: text, interval: bar.interval)
    }
    let axis = ChartAxis(axis.title, style: axis.style)
    return Chart(
      title: title, description: description,
      content: .bars(BarPlot(axis: axis, series: [], rows: rows)))
  }

  /// One step of a waterfall.
  public struct Step: Equatable, Sendable {
    /// What is added.
    public let name: String
    /// How much; negative steps go back.
    public let change: Double

    /// Describes a step.
    public init(_ name: String, _ change: Double) {
      self.name = name
      self.change = change
    }
  }

  /// From one total to another in steps: each bar starts where the one before ended.
  public static func waterfall(
    title: String, description: String, axis: ChartAxis, start: Bar, steps: [Step], end: String
  ) -> Chart {
    let first = start.value ?? 0
    var total = first
    var rows = [row(start.name, from: 0, to: first, series: 0, text: axis.style.text(first))]
    for step in steps where step.change.isFinite {
      let sign = step.change < 0 ? "-" : "+"
      rows.append(
        row(
          step.name, from: total, to: total + step.change, series: 1,
          text: sign + axis.style.text(step.change.magnitude)))
      total += step.change
    }
    rows.append(row(end, from: 0, to: total, series: 2, text: axis.style.text(total)))
    return Chart(
      title: title, description: description,
      content: .bars(
        BarPlot(
          axis: ChartAxis(axis.title, style: axis.style), series: [start.name, "added", end],
          rows: rows)))
  }

  private static func row(
    _ name: String, from start: Double, to end: Double, series: Int, text: String
  ) -> BarPlot.Row {
    BarPlot.Row(
      name: name,
      segments: [
        BarPlot.Segment(
          start: min(start, end), end: max(start, end), series: series, detail: "\(name): \(text)")
      ], value: text)
  }

  /// What fills the memory of something: parts that add up, against a capacity.
  public struct Stack: Equatable, Sendable {
    /// Whose memory it is.
    public let name: String
    /// Bytes of each part, in the order of the chart's `parts`.
    public let bytes: [Double]
    /// Bytes that there are; nil if unknown.
    public let capacity: Double?

    /// Describes a stack.
    public init(_ name: String, bytes: [Double], capacity: Double?) {
      self.name = name
      self.bytes = bytes.map { $0.isFinite ? max(0, $0) : 0 }
      self.capacity = capacity.flatMap { $0.isFinite ? $0 : nil }
    }
  }

  /// Memory by part, with the capacity marked.
  public static func memory(
    title: String, description: String, parts: [String], stacks: [Stack]
  ) -> Chart {
    let style = QuantityStyle.bytesDecimal
    let rows = stacks.map { stack in
      var total = 0.0
      var segments: [BarPlot.Segment] = []
      for (index, bytes) in stack.bytes.prefix(parts.count).enumerated() where bytes > 0 {
        segments.append(
          BarPlot.Segment(
            start: total, end: total + bytes, series: index,
            detail: "\(stack.name), \(parts[index]): \(style.text(bytes))"))
        total += bytes
      }
      let verdict = stack.capacity.map { total <= $0 ? " of " : " over " } ?? ""
      return BarPlot.Row(
        name: stack.name, segments: segments,
        value: style.text(total) + verdict + (stack.capacity.map { style.text($0) } ?? ""),
        limit: stack.capacity)
    }
    return Chart(
      title: title, description: description,
      content: .bars(
        BarPlot(axis: ChartAxis("memory", style: style), series: parts, rows: rows)))
  }
}
