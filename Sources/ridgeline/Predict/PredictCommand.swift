import CommandLineKit
import Engines
import HardwareProfiles
import QuantizationFormats
import Reports
import Roofline
import TransformerModels
import Units

/// `ridgeline predict`: one model x precision x device.
struct PredictCommand: Command {
  static let name = "predict"
  static let summary = "Predicts memory and speed of one model at one precision on one device."
  static let discussion = """
    The bound is the speed of light: datasheet peaks and compulsory traffic only. No honest \
    measurement beats it. The roofline adds up the larger of compute time and memory time of each \
    operation. The expected speed is what an engine makes of it, with an interval that holds 80 % \
    of the time for devices that nobody calibrated.
    """
  static var examples: [Example] {
    [
      Example(
        "ridgeline predict --model llama-2-7b --precision q4_0 --device nvidia-a100-80gb-pcie",
        "the question of the first screen"),
      Example(
        "ridgeline predict --model llama-3-8b --precision q4_k_m --device raspberry-pi-5 --explain",
        "with the arithmetic, to check by hand"),
      Example(
        "ridgeline predict --model llama-2-70b --precision w4a16-g128 --device nvidia-rtx-4090"
          + " --devices 2 --parallel tensor --batch 8 --operations",
        "two cards, eight sequences, every operation"),
    ]
  }

  enum Spread: String, CaseIterable {
    case tensor, pipeline
  }

  var model = ""
  var precision: String?
  var kvPrecision: String?
  var device = ""
  var engine: String?
  var flashAttention: OnOff?
  var measured: [MeasuredSpeed] = []
  var workload = WorkloadOptions()
  var threads: Int?
  var memory: MemorySize?
  var devices = 1
  var parallel = Spread.tensor
  var offloadTo: String?
  var gpuLayers = 0
  var loraRank: Int?
  var recompute = false
  var operations = false
  var explain = false
  var charts = false
  var roofline: String?
  var output = OutputFormat.text

  static var options: [Option<Self>] {
    questionOptions + Option.embed(\.workload, WorkloadOptions.options)
      + Option.group("Device", deviceOptions) + Option.group("Fine-tuning", tuningOptions)
      + Option.group("Output", outputOptions)
  }

  private static var questionOptions: [Option<Self>] {
    [
      .value(
        "--model", \.model, "Model id, or the path of a GGUF, safetensors or config.json file.",
        placeholder: "id|path"),
      .value(
        "--precision", \.precision,
        "How weights, activations and KV cache are stored and multiplied; a model file says it"
          + " itself (default: f16 for a model id).", placeholder: "id"),
      .value(
        "--kv-precision", \.kvPrecision, "Format of the KV cache: f16, q8_0, int4, q8_0/q4_0, ...",
        placeholder: "id"),
      .value(
        "--device", \.device, "Device id, or the path of a hardware profile.",
        placeholder: "id|path"),
      .value(
        "--engine", \.engine,
        "Whose losses to expect, as it was in a month if one is given: llama.cpp@2024-05; left out:"
          + " the usual one for device and precision; roofline: none.",
        placeholder: "id[@YYYY-MM]"),
      .value(
        "--flash-attention", \.flashAttention,
        "Whether the engine fuses attention (default: as published runs usually had it)."),
      .list(
        "--measured", \.measured,
        "Decode speeds of this model on your own device, to narrow the estimate:"
          + " q4_0:512:61.2,q8_0:128:40."),
    ]
  }

  private static var deviceOptions: [Option<Self>] {
    [
      .value(
        "--threads", \.threads, "CPU cores in use; fewer than the device has lower its peaks.",
        limit: .atLeast(1)),
      .value(
        "--memory", \.memory, "Memory of the device where it is sold with several sizes: 16GiB."),
      .value(
        "--devices", \.devices, "How many such devices share the model.",
        limit: .between(1, 65_536)),
      .value("--parallel", \.parallel, "How several devices share it."),
      .value(
        "--offload-to", \.offloadTo,
        "Device id of the host that keeps the layers beyond --gpu-layers.", placeholder: "id|path"),
      .value(
        "--gpu-layers", \.gpuLayers, "Layers on --device; the rest run on --offload-to.",
        limit: .atLeast(0)),
    ]
  }

  private static var tuningOptions: [Option<Self>] {
    [
      .value(
        "--lora-rank", \.loraRank,
        "Also one LoRA fine-tuning step of --batch sequences of --prompt tokens.",
        limit: .between(1, 65_536)),
      .flag(
        "--recompute", \.recompute, "Recompute activations in the backward pass to save memory."),
    ]
  }

  private static var outputOptions: [Option<Self>] {
    [
      .flag("--operations", \.operations, "Also the roofline of every operation."),
      .flag("--explain", \.explain, "Also the arithmetic with its numbers."),
      .flag("--charts", \.charts, "Also a roofline, the memory and the way to the speed."),
      .value(
        "--roofline", \.roofline, "Also write the roofline of every operation as SVG.",
        placeholder: "path"),
      .value("--output", \.output, "Format of the result."),
    ]
  }

  func run(on console: Console) throws {
    let prediction = try predict()
    if let roofline {
      try OutputFile.write(
        PredictionCharts(prediction).roofline.svg(), to: roofline, option: "--roofline")
    }
    switch output {
    case .text:
      let charts = charts ? PredictionCharts(prediction).text(on: console) : ""
      console.print(
        document(of: prediction).text(width: console.width) + charts, terminator: "")
    case .markdown: console.print(document(of: prediction).markdown(), terminator: "")
    case .json:
      let json = PredictionJSON(prediction, operations: operations).value
      console.print(try json.text())
    case .csv:
      let row = try ComparisonRow(prediction)
      console.print(
        try Table(columns: ComparisonRow.columns, rows: [row]).text(as: .csv), terminator: "")
    }
  }

  private func document(of prediction: Prediction) -> Document {
    PredictionDocument(prediction, operations: operations, explain: explain).document
  }

  func predict() throws -> Prediction {
    guard !model.isEmpty else {
      throw UsageError("--model is missing; give a model id or a path to a model file")
    }
    guard !device.isEmpty else {
      throw UsageError("--device is missing; give a device id or a path to a hardware profile")
    }
    let selection = try ModelSelection(model)
    let chosen = try PrecisionSelection.precision(
      precision, kvCache: kvPrecision, for: selection)
    let precision = chosen.precision
    let profile = try DeviceSelection.profile(device)
    let plan = selection.plan(at: chosen)
    let target = try Self.device(profile, precision, threads: threads, memory: memory?.bytes)
    let spread: Parallelism =
      devices == 1 ? .single : parallel == .tensor ? .tensor(devices) : .pipeline(devices)
    let estimator: Estimator
    do {
      estimator = try Estimator(plan: plan, device: target, parallelism: spread)
    } catch {
      throw UsageError("\(error)")
    }
    let workload = try workload.workload()
    var estimate = estimator.estimate(workload)
    var expecter = try Expecter(
      EngineSelection(engine, flashAttention: flashAttention), profile: profile,
      precision: precision, threads: threads)
    if !measured.isEmpty {
      guard expecter != nil else {
        throw UsageError("--measured narrows an engine's expected speed; drop --engine roofline")
      }
      try expecter?.learn(measured) { row in
        let chosen = try PrecisionSelection.precision(
          row.precision, kvCache: kvPrecision, for: selection)
        return try Estimator(
          plan: selection.plan(at: chosen),
          device: Self.device(profile, chosen.precision, threads: threads, memory: nil))
      }
    }
    if let expecter { estimate = estimate.adding(overhead: expecter.overhead) }
    return Prediction(
      selection: selection, precision: precision, profile: profile, estimator: estimator,
      estimate: estimate,
      expectation: expecter?.expectation(estimate, estimator).calibrated(
        by: TransformerPredictor(profile, ModelChoice(selection, chosen)), workload,
        threads: threads ?? profile.cores ?? 1),
      generation: estimator.generation(workload),
      offload: try offload(estimator, workload), fineTuning: try fineTuning(estimator))
  }

  static func device(
    _ profile: HardwareProfile, _ precision: Precision, threads: Int?, memory: Bytes?
  ) throws -> Device {
    do {
      return try Device(profile, precision: precision, threads: threads, memory: memory)
    } catch {
      throw CommandFailure("\(error)")
    }
  }

  private func offload(
    _ estimator: Estimator, _ workload: Workload
  ) throws -> (HardwareProfile, Offload)? {
    guard let offloadTo else {
      guard gpuLayers == 0 else {
        throw UsageError("--gpu-layers needs --offload-to, the device that keeps the other layers")
      }
      return nil
    }
    guard devices == 1 else {
      throw UsageError("--offload-to splits over one device and one host; leave --devices at 1")
    }
    let host = try DeviceSelection.profile(offloadTo)
    let target = try Self.device(
      host, estimator.plan.precision, threads: threads, memory: nil)
    let result = try Offload(
      plan: estimator.plan, layers: gpuLayers, device: estimator.device, host: target,
      workload: workload)
    return (host, result)
  }

  private func fineTuning(_ estimator: Estimator) throws -> (FineTuning, FineTuningStep)? {
    guard let loraRank else {
      guard !recompute else { throw UsageError("--recompute needs --lora-rank") }
      return nil
    }
    let request: FineTuning
    do {
      request = try FineTuning(
        rank: loraRank, batch: workload.batch, sequence: workload.prompt,
        recomputesActivations: recompute)
    } catch {
      throw UsageError("\(error)")
    }
    return (request, estimator.fineTuningStep(request))
  }
}
