extension Chart {
  /// The ceilings of one device in a roofline.
  public struct Ceilings: Equatable, Sendable {
    /// A ceiling with its name: "1.935 TB/s HBM2e" or "fp16 tensor core".
    public struct Ceiling: Equatable, Sendable {
      /// What is written at the line.
      public let name: String
      /// Bytes per second, or operations per second.
      public let value: Double

      /// Describes a ceiling.
      public init(_ name: String, _ value: Double) {
        self.name = name
        self.value = value
      }
    }

    /// The device.
    public let device: String
    /// Bandwidths in bytes per second, in any order.
    public let bandwidths: [Ceiling]
    /// Arithmetic peaks in operations per second, in any order.
    public let peaks: [Ceiling]

    /// Describes the ceilings of a device.
    public init(device: String, bandwidths: [Ceiling], peaks: [Ceiling]) {
      self.device = device
      self.bandwidths = bandwidths.filter { $0.value.isFinite && $0.value > 0 }
      self.peaks = peaks.filter { $0.value.isFinite && $0.value > 0 }
    }
  }

  /// An operation or a whole phase in a roofline.
  public struct Work: Equatable, Sendable {
    /// The device's place in the list of ceilings.
    public let device: Int
    /// What is shown on hover.
    public let detail: String
    /// What is written beside the point; nil for the many.
    public let label: String?
    /// Operations per byte.
    public let intensity: Double
    /// Operations per second.
    public let rate: Double

    /// Describes a point.
    public init(
      device: Int, detail: String, label: String? = nil, intensity: Double, rate: Double
    ) {
      self.device = device
      self.detail = detail
      self.label = label
      self.intensity = intensity
      self.rate = rate
    }
  }

  /// Ceilings of one or several devices with logarithmic axes, ridge points named, and work below.
  public static func roofline(
    title: String, description: String, devices: [Ceilings], work: [Work]
  ) -> Chart {
    let points = work.filter {
      $0.intensity.isFinite && $0.intensity > 0 && $0.rate.isFinite && $0.rate > 0
    }
    let ridges = devices.flatMap { device in
      device.peaks.flatMap { peak in device.bandwidths.map { peak.value / $0.value } }
    }
    let intensities = points.map(\.intensity) + ridges
    let span = ChartScale(
      covering: [(intensities.min() ?? 1) / 1.5, (intensities.max() ?? 10) * 1.5],
      isLogarithmic: true)
    var marks: [Plot.Mark] = []
    for (index, device) in devices.enumerated() {
      marks += ceilings(device, series: index, from: span.low, to: span.high)
    }
    marks += points.map { point in
      .dot(
        Plot.Point(x: point.intensity, y: point.rate), series: point.device, detail: point.detail,
        label: point.label)
    }
    return Chart(
      title: title, description: description,
      content: .plot(
        Plot(
          x: ChartAxis("operations per byte", isLogarithmic: true),
          y: ChartAxis("operations per second", style: .scaled(""), isLogarithmic: true),
          series: devices.map(\.device), marks: marks)))
  }

  private static func ceilings(
    _ device: Ceilings, series: Int, from low: Double, to high: Double
  ) -> [Plot.Mark] {
    let bandwidths = device.bandwidths.sorted { $0.value > $1.value }
    let peaks = device.peaks.sorted { $0.value > $1.value }
    guard let bandwidth = bandwidths.first else { return [] }
    guard let peak = peaks.first else {
      return [
        .line(
          [
            Plot.Point(x: low, y: low * bandwidth.value),
            Plot.Point(x: high, y: high * bandwidth.value),
          ], series: series, isDashed: false, label: bandwidth.name)
      ]
    }
    var marks: [Plot.Mark] = []
    for (place, slope) in bandwidths.enumerated() {
      let end = min(peak.value / slope.value, high)
      marks.append(
        .line(
          [
            Plot.Point(x: low, y: low * slope.value), Plot.Point(x: end, y: end * slope.value),
          ], series: series, isDashed: place > 0, label: slope.name))
    }
    for (place, roof) in peaks.enumerated() {
      let ridge = roof.value / bandwidth.value
      marks.append(
        .line(
          [Plot.Point(x: ridge, y: roof.value), Plot.Point(x: high, y: roof.value)],
          series: series, isDashed: place > 0, label: roof.name))
    }
    let ridge = peak.value / bandwidth.value
    marks.append(
      .corner(
        Plot.Point(x: ridge, y: peak.value), series: series,
        label: "ridge at \(NumberText.significant(ridge))"))
    return marks
  }
}
