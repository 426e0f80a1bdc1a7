import Engines
import HardwareProfiles
import QuantizationFormats
import Reports
import Roofline
import TransformerModels
import Units

/// A prediction as a report to read: verdict first, then the numbers behind it.
struct PredictionDocument {
  let document: Document

  init(_ prediction: Prediction, operations: Bool, explain: Bool) {
    var blocks: [Document.Block] = [
      .heading(Self.title(prediction), level: 1),
      .paragraph(Verdict(prediction).text),
      .heading("Memory", level: 2),
      .facts(Self.memory(prediction)),
      .heading("Speed", level: 2),
      .table(Self.speedTable(prediction).grid),
      .facts(Self.rates(prediction)),
    ]
    blocks += Self.scenarios(prediction)
    if operations { blocks += Self.operations(prediction) }
    if explain { blocks += Explanation(prediction).blocks }
    blocks += [
      .heading("Notes", level: 2),
      .bullets(Advisories(prediction).all + prediction.profile.notes),
    ]
    document = Document(blocks)
  }

  private static func title(_ prediction: Prediction) -> String {
    let count = prediction.estimator.parallelism.devices
    let device = count > 1 ? "\(count) x \(prediction.profile.name)" : prediction.profile.name
    return "\(prediction.plan.model.name), \(prediction.precision.id), \(device)"
  }

  // MARK: Memory

  private static func memory(_ prediction: Prediction) -> [Document.Fact] {
    let memory = prediction.estimate.memory
    let workload = prediction.estimate.workload
    let bits = Figures.number(prediction.plan.weightBitsPerParameter)
    let perDevice = prediction.estimator.parallelism.devices > 1 ? " on the fullest device" : ""
    let exact = prediction.plan.isExact ? ", exactly as stored" : ""
    return [
      .init(
        "weights",
        "\(Figures.exactBytes(memory.weights))\(perDevice), \(bits) bits per parameter\(exact)"),
      .init(
        "KV cache",
        "\(Figures.bytes(memory.cache)) for \(Figures.count(workload.cachedTokens)) tokens x"
          + " \(Figures.count(workload.batch)), \(prediction.precision.kvCache.label),"
          + " \(Figures.bytes(prediction.plan.cacheBytesPerToken)) per token"),
      .init("activations", "\(Figures.bytes(memory.activations)) alive together at most"),
      .init(
        "engine",
        prediction.expectation.flatMap {
          memory.overhead > .zero ? "\(Figures.bytes(memory.overhead)) of \($0.engine.name)" : nil
        }),
      .init("total", Figures.bytes(memory.total)),
      .init("usable", memory.capacity.map(Figures.bytes)),
    ]
  }

  // MARK: Speed

  private struct SpeedRow {
    let name: String
    let seconds: Double
    let tokensPerSecond: Double
    let limit: String

    init(_ name: String, _ speed: Speed) {
      self.name = name
      seconds = speed.seconds.value
      tokensPerSecond = speed.tokensPerSecond
      limit = speed.limit.rawValue
    }

    init(_ name: String, _ speed: ExpectedSpeed) {
      self.name = name
      seconds = speed.seconds
      tokensPerSecond = speed.tokensPerSecond
      limit = "\(Figures.number(speed.low, digits: 3)) to \(Figures.number(speed.high, digits: 3))"
    }
  }

  private static func speedTable(_ prediction: Prediction) -> Table<SpeedRow> {
    var rows: [SpeedRow] = []
    if let prefill = prediction.estimate.prefill {
      let tokens = Figures.count(Int(prefill.pass.newTokens))
      rows.append(SpeedRow("prefill of \(tokens) tokens, bound", prefill.bound))
      rows.append(SpeedRow("prefill, roofline", prefill.roofline))
      if let expected = prediction.expectation?.prefill {
        rows.append(SpeedRow("prefill, expected", expected))
      }
    }
    if let decode = prediction.estimate.decode {
      let context = Figures.number(decode.pass.context, digits: 6)
      rows.append(SpeedRow("decode at context \(context), bound", decode.bound))
      rows.append(SpeedRow("decode, roofline", decode.roofline))
      if let expected = prediction.expectation?.decode {
        rows.append(SpeedRow("decode, expected", expected))
      }
    }
    return Table(
      columns: [
        .text("phase", key: "phase") { $0.name },
        .number("time", key: "seconds", style: .seconds) { $0.seconds },
        .number("tokens/s", key: "tokens_per_second") { $0.tokensPerSecond.finite },
        .text("limited by, 80 % interval", key: "limited_by") { $0.limit },
      ], rows: rows)
  }

  private static func rates(_ prediction: Prediction) -> [Document.Fact] {
    var facts: [Document.Fact] = []
    let device = prediction.device
    facts.append(
      .init("bandwidth", "\(Figures.rate(device.bandwidth)) \(device.bandwidthKind.rawValue)"))
    if let sustained = prediction.profile.memory.sustainedBandwidth {
      facts.append(
        .init("measured bandwidth", Figures.rate(BytesPerSecond(sustained.value)) + " sustained"))
    }
    if let unit = device.linear {
      facts.append(
        .init(
          "multiplies in",
          "\(unit.unit) (\(unit.mechanism)),"
            + " \(Figures.rate(unit.fastest, isInteger: unit.unit.isInteger)) peak"))
    } else {
      let wanted = device.wantedUnits.map(\.rawValue).joined(separator: " or ")
      facts.append(.init("multiplies in", "unavailable: no \(wanted) rate in the profile"))
    }
    facts += expectationFacts(prediction)
    if let critical = prediction.estimate.criticalBatch {
      facts.append(
        .init(
          "critical batch",
          "\(Figures.number(critical, digits: 3)): more sequences are bound by compute"))
    }
    if let generation = prediction.generation {
      facts.append(
        .init(
          "whole answer",
          "\(Figures.time(generation.seconds)); without a KV cache"
            + " \(Figures.time(generation.secondsWithoutCache)),"
            + " \(Figures.number(generation.cacheSpeedup, digits: 3)) x as long"))
    }
    return facts
  }

  private static func expectationFacts(_ prediction: Prediction) -> [Document.Fact] {
    guard let expectation = prediction.expectation else { return [] }
    var name = expectation.engine.name
    if !expectation.setting.era.isEmpty { name += ", builds of \(expectation.setting.era)" }
    var facts = [Document.Fact("engine", name)]
    if expectation.isCalibrated {
      facts.append(
        .init("rests on", "this machine's calibration: the sum over operations of kernel times"))
      return facts
    }
    if expectation.prefill != nil {
      facts.append(.init("prefill rests on", ExpectationText(expectation.prefillBasis).text))
    }
    if expectation.decode != nil {
      facts.append(.init("decode rests on", ExpectationText(expectation.decodeBasis).text))
    }
    if expectation.measurements > 0 {
      facts.append(
        .init("narrowed by", "\(expectation.measurements) of your own decode measurements"))
    }
    return facts
  }

  // MARK: Scenarios

  private static func scenarios(_ prediction: Prediction) -> [Document.Block] {
    var blocks: [Document.Block] = []
    if let (host, offload) = prediction.offload {
      blocks += [
        .heading("Split with \(host.name)", level: 2),
        .facts(offloadFacts(offload, prediction)),
      ]
    }
    if let (request, step) = prediction.fineTuning {
      blocks += [
        .heading("LoRA step, rank \(request.rank)", level: 2),
        .facts(tuningFacts(step)),
      ]
    }
    return blocks
  }

  private static func offloadFacts(
    _ offload: Offload, _ prediction: Prediction
  ) -> [Document.Fact] {
    func speed(_ speed: Speed) -> String {
      "at most \(Figures.tokensPerSecond(speed.tokensPerSecond)), \(Figures.time(speed.seconds))"
    }
    func fit(_ memory: MemoryFootprint) -> String {
      let verdict = memory.fits.map { $0 ? "fits" : "does NOT fit" } ?? "size unknown"
      return "\(Figures.bytes(memory.total)), \(verdict)"
    }
    return [
      .init(
        "layers",
        "\(offload.layersOnDevice) of \(prediction.plan.model.layerCount) on"
          + " \(prediction.profile.name)"),
      .init("prefill", offload.prefill.map(speed)), .init("decode", offload.decode.map(speed)),
      .init("on the device", fit(offload.deviceMemory)),
      .init("on the host", fit(offload.hostMemory)),
    ]
  }

  private static func tuningFacts(_ step: FineTuningStep) -> [Document.Fact] {
    let fits = step.fits.map { $0 ? ", fits" : ", does NOT fit" } ?? ""
    return [
      .init("trained", "\(Figures.count(step.adapterParameters)) parameters"),
      .init(
        "memory",
        "\(Figures.bytes(step.total))\(fits): base \(Figures.bytes(step.baseWeights)), adapters,"
          + " gradients and AdamW \(Figures.bytes(step.adapterState)), activations"
          + " \(Figures.bytes(step.activations))"),
      .init(
        "work",
        "forward \(Figures.operations(step.forward)), backward \(Figures.operations(step.backward))"
      ),
      .init("step", "at least \(Figures.time(step.seconds)), limited by \(step.limit.rawValue)"),
    ]
  }

  // MARK: Operations

  private static func operations(_ prediction: Prediction) -> [Document.Block] {
    let phases = [("Prefill", prediction.estimate.prefill), ("Decode", prediction.estimate.decode)]
    return phases.flatMap { name, phase -> [Document.Block] in
      guard let phase else { return [] }
      let costs = prediction.estimator.operations(of: phase.pass)
      return [
        .heading("\(name), operation by operation", level: 2),
        .table(Table(columns: operationColumns, rows: costs).grid),
      ]
    }
  }

  static var operationColumns: [Column<OperationCost>] {
    [
      .text("operation", key: "operation") { $0.kind.name },
      .text("layers", key: "layers") { Self.ranges($0.layers) },
      .number("FLOP", key: "flop", style: .scaled("")) { $0.operations.count },
      .text("unit", key: "unit") { $0.unit },
      .number("weights", key: "weights_bytes", style: .bytesDecimal) { $0.weights.count },
      .number("KV", key: "kv_cache_bytes", style: .bytesDecimal) { $0.cache.count },
      .number("activations", key: "activations_bytes", style: .bytesDecimal) {
        $0.activations.count
      },
      .number("FLOP/B", key: "flop_per_byte") { $0.intensity },
      .number("time", key: "seconds", style: .seconds) { $0.seconds.value },
      .text("limited by", key: "limited_by") { $0.limit.rawValue },
    ]
  }

  /// `0–3, 6` for 0, 1, 2, 3, 6, cut off after a few runs; `nil` for none.
  static func ranges(_ indices: [Int]) -> String? {
    var runs: [ClosedRange<Int>] = []
    for index in indices {
      if let last = runs.last, last.upperBound + 1 == index {
        runs[runs.count - 1] = last.lowerBound...index
      } else {
        runs.append(index...index)
      }
    }
    guard !runs.isEmpty else { return nil }
    let texts = runs.prefix(3).map { run in
      run.count == 1 ? "\(run.lowerBound)" : "\(run.lowerBound)\u{2013}\(run.upperBound)"
    }
    let more = runs.count > 3 ? ", ... (\(indices.count))" : ""
    return texts.joined(separator: ", ") + more
  }
}
