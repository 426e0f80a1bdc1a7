import Engines
import HardwareProfiles
import QuantizationFormats
import Reports
import Roofline
import TransformerModels
import Units

/// What a reader must know before relying on a prediction, as sentences.
struct Advisories {
  private let prediction: Prediction

  init(_ prediction: Prediction) { self.prediction = prediction }

  /// All that apply, the most important first.
  var all: [String] {
    capacity + units + context + weights + devices
      + prediction.selection.assumptions + prediction.precision.assumptions + figures + engine
  }

  private var capacity: [String] {
    let memory = prediction.estimate.memory
    guard let spare = memory.spare else {
      return [
        "The memory of \(prediction.profile.name) is unknown; whether it fits was not checked."
      ]
    }
    guard spare < .zero else { return [] }
    return [
      "It does not fit: \(Figures.bytes(memory.total)) needed,"
        + " \(Figures.bytes(memory.capacity ?? .zero)) usable; speeds are those of a device with"
        + " enough memory."
    ]
  }

  private var units: [String] {
    var sentences: [String] = []
    let wanted = prediction.device.wantedUnits.map(\.rawValue).joined(separator: " or ")
    if prediction.device.linear == nil {
      sentences.append(
        "\(prediction.profile.name) has no \(wanted) rate: compute time is unavailable and the"
          + " bound counts memory only.")
    } else if let unit = prediction.device.linear, unit.fastest > unit.wideAccumulator {
      sentences.append(
        "The bound takes the \(unit.unit) rate with 16-bit accumulation,"
          + " \(Figures.rate(unit.fastest, isInteger: false)); with 32-bit accumulation, as most"
          + " kernels have it and as the roofline counts, it is"
          + " \(Figures.rate(unit.wideAccumulator, isInteger: false)).")
    }
    return sentences
  }

  private var context: [String] {
    guard let limit = prediction.plan.model.maximumPositions else { return [] }
    let needed = prediction.estimate.workload.cachedTokens
    guard needed > limit else { return [] }
    return [
      "\(Figures.count(needed)) tokens exceed the \(Figures.count(limit)) that"
        + " \(prediction.plan.model.name) was made for."
    ]
  }

  private var weights: [String] {
    var sentences: [String] = []
    if prediction.plan.otherWeights > .zero {
      sentences.append(
        "\(Figures.bytes(prediction.plan.otherWeights)) of tensors with unknown names take memory"
          + " but no time.")
    }
    if isMixture {
      sentences.append(
        "Experts are taken to be chosen uniformly and independently: E (1 - (1 - k/E)^tokens)"
          + " distinct ones are read in a pass.")
    }
    if prediction.plan.hasWindow {
      sentences.append(
        "Layers with a sliding window are taken to cache no more tokens than the window.")
    }
    return sentences
  }

  private var devices: [String] {
    let count = prediction.estimator.parallelism.devices
    guard count > 1 else { return [] }
    guard let link = prediction.profile.links.first else {
      return ["No link bandwidth of \(prediction.profile.name) is known; links cost no time here."]
    }
    return [
      "\(count) devices over \(link.name),"
        + " \(Figures.rate(BytesPerSecond(link.bandwidth.value))) in one direction."
    ]
  }

  private var figures: [String] {
    var weak: [String] = []
    if prediction.profile.memory.theoreticalBandwidth?.isVerified == false {
      weak.append("memory bandwidth")
    }
    if let unit = prediction.device.linear,
      prediction.profile.fastestRate(of: unit.unit)?.peak.isVerified == false
    {
      weak.append("\(unit.unit) peak")
    }
    guard !weak.isEmpty else { return [] }
    return [
      "The \(weak.joined(separator: " and ")) of \(prediction.profile.name) could not be verified;"
        + " see its profile."
    ]
  }

  private func extrapolation(_ family: EngineFamily) -> String? {
    let batch = prediction.estimate.workload.batch
    if prediction.estimator.parallelism.devices > 1 || batch > 1 && family != .llamaCppDecode {
      return
        "Expected speeds were fitted on one device and one sequence; here they are extrapolated."
    }
    guard batch > 1 else { return nil }
    return
      "Several tokens at a time were fitted on one sequence, 2 to 64 tokens of it; attention to"
      + " the caches of \(batch) sequences is extrapolated."
  }

  private var isMixture: Bool {
    prediction.plan.layerGroups.contains { group in
      if case .mixture = group.layer.feedForward { true } else { false }
    }
  }

  private var engine: [String] {
    guard let expectation = prediction.expectation else {
      return ["Engine roofline: limits of the hardware only, no engine's losses."]
    }
    if expectation.isCalibrated { return [] }
    var sentences: [String] = []
    let basis = expectation.decodeBasis
    if !basis.knowsEngine {
      sentences.append(
        "No published row of \(expectation.engine.name) was fitted: its interval is that of other"
          + " engines, widened.")
    }
    if !basis.knowsArchitecture {
      sentences.append(
        "No published row is from a device of the class \(prediction.profile.architecture): the"
          + " expected speed takes the average of other classes, with a wider interval.")
    }
    if let extrapolation = extrapolation(basis.family) { sentences.append(extrapolation) }
    if isMixture {
      sentences.append(
        "No published row that was fitted is of a mixture of experts: choosing them and small products"
          + " of each are not in the expected speed.")
    }
    return sentences
  }
}
