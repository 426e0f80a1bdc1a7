import CommandLineKit
import Engines
import HardwareProfiles
import QuantizationFormats
import Reports
import Roofline
import TransformerModels
import Units

/// A prediction in pictures.
struct PredictionCharts {
  private let prediction: Prediction

  init(_ prediction: Prediction) { self.prediction = prediction }

  private var name: String {
    "\(prediction.plan.model.name), \(prediction.precision.id), \(prediction.profile.name)"
  }

  /// Roofline, memory and waterfall for a terminal, coloured if `console` is one.
  func text(on console: Console) -> String {
    let colors = console.showsColors
    return ([roofline, memory] + [decodeTime].compactMap { $0 }).map { chart in
      "\n" + chart.text(width: console.width, colors: colors)
    }.joined()
  }

  // MARK: Roofline

  /// The device's ceilings with every operation of prefill and decode.
  var roofline: Chart {
    let ceilings = RooflineCeilings(prediction.profile, prediction.device)
    return Chart.roofline(
      title: name,
      description: "Roofline of \(prediction.profile.name), logarithmic. "
        + Verdict(prediction).text,
      devices: [ceilings.chart], work: phases + operations)
  }

  /// Whole phases, at their bound and as expected of the engine.
  private var phases: [Chart.Work] {
    let estimate = prediction.estimate
    let both = [
      ("prefill", estimate.prefill, prediction.expectation?.prefill),
      ("decode", estimate.decode, prediction.expectation?.decode),
    ]
    return both.flatMap { name, phase, expected -> [Chart.Work] in
      guard let phase else { return [] }
      let work = phase.cost.matrixOperations.count
      let intensity = work / phase.cost.compulsoryTraffic.count
      let bound = phase.bound
      var points = [
        Chart.Work(
          device: 0,
          detail: "\(name), bound: \(Figures.tokensPerSecond(bound.tokensPerSecond)), limited by"
            + " \(bound.limit.rawValue)",
          label: "\(name), bound", intensity: intensity, rate: work / bound.seconds.value)
      ]
      if let expected {
        points.append(
          Chart.Work(
            device: 0,
            detail: "\(name), expected: \(Figures.tokensPerSecond(expected.tokensPerSecond))",
            label: "\(name), expected", intensity: intensity, rate: work / expected.seconds))
      }
      return points
    }
  }

  private var operations: [Chart.Work] {
    let passes = [
      ("prefill", prediction.estimate.prefill?.pass), ("decode", prediction.estimate.decode?.pass),
    ]
    return passes.flatMap { name, pass -> [Chart.Work] in
      guard let pass else { return [] }
      return prediction.estimator.operations(of: pass).map { operation in
        let layers = PredictionDocument.ranges(operation.layers).map { ", layers \($0)" } ?? ""
        return Chart.Work(
          device: 0,
          detail: "\(name), \(operation.kind.name)\(layers):"
            + " \(Figures.operations(operation.operations)),"
            + " \(Figures.bytes(operation.traffic)), \(Figures.time(operation.seconds)),"
            + " limited by \(operation.limit.rawValue)",
          intensity: operation.intensity,
          rate: operation.operations.count / operation.seconds.value)
      }
    }
  }

  // MARK: Memory and time

  /// What fills the memory.
  var memory: Chart {
    let memory = prediction.estimate.memory
    return Chart.memory(
      title: "Memory of \(name)",
      description: "Weights, KV cache, activations and the engine's own memory against"
        + " what the device can hold. " + Verdict(prediction).text,
      parts: ["weights", "KV cache", "activations", "engine"],
      stacks: [
        Chart.Stack(
          prediction.precision.id,
          bytes: [
            memory.weights.count, memory.cache.count, memory.activations.count,
            memory.overhead.count,
          ], capacity: memory.capacity?.count)
      ])
  }

  /// From the bound of a decode step to the expected time; `nil` without decode or engine.
  var decodeTime: Chart? {
    guard let decode = prediction.estimate.decode, let expected = prediction.expectation?.decode,
      let engine = prediction.expectation?.engine.name
    else { return nil }
    let bound = decode.bound.seconds.value
    let roofline = decode.roofline.seconds.value
    return Chart.waterfall(
      title: "One decode step: \(name)",
      description: "The bound, what is added because operations run one after another, and what"
        + " \(engine) is expected to add.",
      axis: ChartAxis("time", style: .seconds), start: Chart.Bar("bound", bound),
      steps: [
        Chart.Step("operation by operation", roofline - bound),
        Chart.Step("\(engine)'s losses", expected.seconds - roofline),
      ], end: "expected")
  }
}

/// The ceilings of a device at a precision, named.
struct RooflineCeilings {
  let chart: Chart.Ceilings

  init(_ profile: HardwareProfile, _ device: Device) {
    let technology = profile.memory.technology.map { " " + $0 } ?? ""
    var bandwidths = [
      Chart.Ceilings.Ceiling(
        Figures.rate(device.bandwidth) + technology, device.bandwidth.value)
    ]
    if let sustained = profile.memory.sustainedBandwidth, sustained.value < device.bandwidth.value {
      bandwidths.append(
        Chart.Ceilings.Ceiling(
          Figures.rate(BytesPerSecond(sustained.value)) + " measured", sustained.value))
    }
    var peaks: [Chart.Ceilings.Ceiling] = []
    if let unit = device.linear {
      let isInteger = unit.unit.isInteger
      peaks.append(
        Chart.Ceilings.Ceiling(
          "\(unit.unit) \(unit.mechanism), \(Figures.rate(unit.fastest, isInteger: isInteger))",
          unit.fastest.value))
      if unit.wideAccumulator < unit.fastest {
        peaks.append(
          Chart.Ceilings.Ceiling(
            "\(unit.unit), 32-bit sums,"
              + " \(Figures.rate(unit.wideAccumulator, isInteger: isInteger))",
            unit.wideAccumulator.value))
      }
    }
    if let vector = device.vector, vector.fastest.value < device.linear?.fastest.value ?? .infinity
    {
      peaks.append(
        Chart.Ceilings.Ceiling(
          "\(vector.unit) \(vector.mechanism), \(Figures.rate(vector.fastest, isInteger: false))",
          vector.fastest.value))
    }
    chart = Chart.Ceilings(device: profile.name, bandwidths: bandwidths, peaks: peaks)
  }
}
