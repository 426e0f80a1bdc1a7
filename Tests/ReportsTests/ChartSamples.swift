import Reports

/// Charts of numbers small enough to check by hand.
enum ChartSample {
  /// 100 GB/s and 1 TFLOP/s: the ridge is at 10.
  static let roofline = Chart.roofline(
    title: "Two devices", description: "A slow device and one ten times as fast.",
    devices: [
      Chart.Ceilings(
        device: "slow", bandwidths: [.init("100 GB/s", 1e11), .init("80 GB/s measured", 8e10)],
        peaks: [.init("fp16, 1 TFLOP/s", 1e12), .init("fp32, 0.5 TFLOP/s", 5e11)]),
      Chart.Ceilings(
        device: "fast", bandwidths: [.init("1 TB/s", 1e12)],
        peaks: [.init("fp16, 100 TFLOP/s", 1e14)]),
    ],
    work: [
      Chart.Work(device: 0, detail: "query", intensity: 1, rate: 1e11),
      Chart.Work(device: 0, detail: "decode, bound", label: "decode", intensity: 2, rate: 2e11),
      Chart.Work(device: 1, detail: "prefill", label: "prefill", intensity: 500, rate: 1e14),
      Chart.Work(device: 1, detail: "no bytes", intensity: .infinity, rate: 1e14),
      Chart.Work(device: 1, detail: "nothing", intensity: 0, rate: .nan),
    ])

  static let bars = Chart.bars(
    title: "Decode", description: "Three devices.", axis: ChartAxis("tokens/s"),
    bars: [
      Chart.Bar("alpha", 100, interval: 80...120), Chart.Bar("beta", 50),
      Chart.Bar("unknown", nil), Chart.Bar("not a number", .nan),
    ])

  static let lines = Chart.lines(
    title: "Speed over batch", description: "Two formats.",
    x: ChartAxis("batch", isLogarithmic: true), y: ChartAxis("tokens/s"),
    lines: [
      Chart.Line(
        "q4_0",
        points: [
          .init(x: 1, y: 100, interval: 90...110), .init(x: 10, y: 900, interval: 800...1000),
          .init(x: 100, y: 2000, interval: 1500...2500),
        ]),
      Chart.Line("f16", points: [.init(x: 1, y: 30), .init(x: 100, y: 1800), .init(x: 0, y: 5)]),
    ])

  static let scatter = Chart.scatter(
    title: "Predicted against measured", description: "Three rows.",
    measured: ChartAxis("measured tokens/s"), predicted: ChartAxis("predicted tokens/s"),
    series: ["GDDR", "HBM"], errors: [0.2],
    pairs: [
      Chart.Pair(series: 0, detail: "a", measured: 10, predicted: 10),
      Chart.Pair(series: 1, detail: "b", measured: 50, predicted: 80),
      Chart.Pair(series: 1, detail: "c", measured: 0, predicted: 80),
    ])

  static let waterfall = Chart.waterfall(
    title: "One step", description: "From 2 ms to 5 ms.", axis: ChartAxis("time", style: .seconds),
    start: Chart.Bar("bound", 0.002),
    steps: [Chart.Step("launches", 0.0035), Chart.Step("overlap", -0.0005)], end: "expected")

  static let memory = Chart.memory(
    title: "Memory", description: "Two precisions on 8 GB.",
    parts: ["weights", "KV cache", "activations"],
    stacks: [
      Chart.Stack("q4_0", bytes: [4e9, 1e9, 1e8], capacity: 8e9),
      Chart.Stack("f16", bytes: [14e9, 1e9, 0], capacity: 8e9),
    ])

  static let all: [(name: String, chart: Chart)] = [
    ("roofline", roofline), ("bars", bars), ("lines", lines), ("scatter", scatter),
    ("waterfall", waterfall), ("memory", memory),
  ]

  /// Every kind of chart with `name` wherever a name can stand.
  static func named(_ name: String) -> [Chart] {
    let axis = ChartAxis(name)
    return [
      .roofline(
        title: name, description: name,
        devices: [
          Chart.Ceilings(device: name, bandwidths: [.init(name, 1e9)], peaks: [.init(name, 1e12)]),
          Chart.Ceilings(device: name, bandwidths: [.init(name, 2e9)], peaks: []),
        ],
        work: [Chart.Work(device: 0, detail: name, label: name, intensity: 1, rate: 1e9)]),
      .bars(
        title: name, description: name, axis: axis,
        bars: [Chart.Bar(name, 1, interval: 0.5...2)]),
      .lines(
        title: name, description: name, x: axis, y: axis,
        lines: [Chart.Line(name, points: [.init(x: 1, y: 1), .init(x: 2, y: 3)])]),
      .scatter(
        title: name, description: name, measured: axis, predicted: axis, series: [name, name],
        errors: [0.1], pairs: [Chart.Pair(series: 1, detail: name, measured: 1, predicted: 2)]),
      .waterfall(
        title: name, description: name, axis: axis, start: Chart.Bar(name, 1),
        steps: [Chart.Step(name, 1)], end: name),
      .memory(
        title: name, description: name, parts: [name, name],
        stacks: [Chart.Stack(name, bytes: [1, 2], capacity: 4)]),
    ]
  }
}
