import HardwareProfiles
import QuantizationFormats
import Reports
import Roofline
import TransformerModels
import Units

/// The arithmetic behind a prediction with its numbers, to be checked by hand.
struct Explanation {
  private let prediction: Prediction

  init(_ prediction: Prediction) { self.prediction = prediction }

  var blocks: [Document.Block] {
    var blocks: [Document.Block] = [.heading("The arithmetic", level: 2)]
    blocks.append(.bullets(weights + cache))
    if let decode = prediction.estimate.decode {
      blocks += [.heading("Decode, one step", level: 3), .bullets(lines(decode))]
    }
    if let prefill = prediction.estimate.prefill {
      blocks += [.heading("Prefill", level: 3), .bullets(lines(prefill))]
    }
    if let critical { blocks.append(.bullets([critical])) }
    blocks.append(.bullets(sources))
    return blocks
  }

  private var weights: [String] {
    let plan = prediction.plan
    var lines = [
      "parameters = \(Figures.count(plan.parameters)), of which one token passes"
        + " \(Figures.count(plan.activeParameters))"
    ]
    for part in TensorRole.Part.allCases where plan.weights(of: part) > .zero {
      lines.append(
        "weights, \(part.rawValue.replacingUnderscores) = \(exact(plan.weights(of: part)))")
    }
    lines.append("weights, all = \(exact(plan.weights))")
    return lines
  }

  private var cache: [String] {
    let plan = prediction.plan
    let perLayer = plan.layerGroups.map { group in
      let attention = group.layer.attention
      let elements = attention.cachedKeyElements + attention.cachedValueElements
      return "\(group.indices.count) layers x \(Figures.count(elements)) numbers"
        + (attention.window.map { " (window \(Figures.count($0)))" } ?? "")
    }
    return [
      "KV cache per token = (\(perLayer.joined(separator: " + "))) as"
        + " \(prediction.precision.kvCache.label) = \(exact(plan.cacheBytesPerToken))"
    ]
  }

  private func lines(_ phase: PhaseEstimate) -> [String] {
    let cost = phase.cost
    let device = prediction.device
    var lines = [
      "bytes = weights \(exact(cost.weights)) + embedding rows \(exact(cost.embeddingRows)) + KV"
        + " read \(exact(cost.compulsoryCacheRead)) + KV written \(exact(cost.cacheWritten)) ="
        + " \(exact(cost.compulsoryTraffic))",
      "memory time = \(exact(cost.compulsoryTraffic)) / \(Figures.rate(device.bandwidth)) ="
        + " \(seconds(phase.memoryTime))" + devicesNote,
      "FLOP = linear \(scientific(cost.linear.count)) + attention"
        + " \(scientific(cost.attention.count)) = \(scientific(cost.matrixOperations.count))",
    ]
    if let compute = phase.computeTime, let linear = device.linear, let attention = device.attention
    {
      lines.append(
        "compute time = \(scientific(cost.linear.count)) /"
          + " \(Figures.rate(linear.fastest, isInteger: linear.unit.isInteger)) (\(linear.unit)) +"
          + " \(scientific(cost.attention.count)) /"
          + " \(Figures.rate(attention.fastest, isInteger: attention.unit.isInteger))"
          + " (\(attention.unit)) = \(seconds(compute))" + devicesNote)
    } else {
      lines.append("compute time: unavailable, the profile has no rate for it")
    }
    if phase.linkTime > .zero { lines.append("link time = \(seconds(phase.linkTime))") }
    let tokens = phase.pass.sequences * phase.pass.newTokens
    lines.append(
      "bound = the larger = \(seconds(phase.bound.seconds)); \(Figures.number(tokens)) tokens /"
        + " \(seconds(phase.bound.seconds)) ="
        + " \(Figures.tokensPerSecond(phase.bound.tokensPerSecond))")
    return lines
  }

  private var devicesNote: String {
    let count = prediction.estimator.parallelism.devices
    guard count > 1, case .tensor = prediction.estimator.parallelism else { return "" }
    return " over \(count) devices"
  }

  private var critical: String? {
    guard let batch = prediction.estimate.criticalBatch, let unit = prediction.device.linear,
      let bytesPerWeight = prediction.estimator.bytesPerMultipliedWeight(batch: batch)
    else { return nil }
    return "critical batch = \(Figures.rate(unit.fastest, isInteger: unit.unit.isInteger)) x"
      + " \(Figures.number(bytesPerWeight)) bytes per weight / (2 x"
      + " \(Figures.rate(prediction.device.bandwidth))) = \(Figures.number(batch))"
  }

  private var sources: [String] {
    var lines: [String] = []
    if let figure = prediction.profile.memory.theoreticalBandwidth {
      lines.append("bandwidth (\(figure.basis.rawValue)): \(figure.source)")
    }
    if let unit = prediction.device.linear,
      let rate = prediction.profile.fastestRate(of: unit.unit)
    {
      lines.append("\(unit.unit) peak (\(rate.peak.basis.rawValue)): \(rate.peak.source)")
    }
    return lines
  }

  private func exact(_ bytes: Bytes) -> String {
    Figures.count(Int(bytes.count.rounded()))
  }

  private func scientific(_ value: Double) -> String {
    QuantityStyle.scaled("").text(value, digits: 5)
  }

  private func seconds(_ time: Seconds) -> String {
    QuantityStyle.seconds.text(time.value, digits: 4)
  }
}

extension String {
  /// The text with spaces for underscores.
  var replacingUnderscores: String {
    String(map { $0 == "_" ? " " : $0 })
  }
}
