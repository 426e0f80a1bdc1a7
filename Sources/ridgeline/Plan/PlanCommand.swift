import CommandLineKit
import HardwareProfiles
import QuantizationFormats
import Reports
import Roofline
import TransformerModels
import Units

/// `ridgeline plan`: inverse questions.
struct PlanCommand: Command {
  static let name = "plan"
  static let summary = "Answers what fits: longest context, largest batch, best precision, device."
  static let discussion = """
    Give a model, a device, or both; what is left out is searched. Speeds are bounds: a device \
    that cannot reach the target at its bound will not reach it with any engine.
    """
  static var examples: [Example] {
    [
      Example(
        "ridgeline plan --model llama-3-8b --device nvidia-rtx-3060-12gb"
          + " --target-tokens-per-second 40", "the best precision for a card"),
      Example(
        "ridgeline plan --model llama-2-70b --precision q4_k_m --target-tokens-per-second 10",
        "the cheapest device for a model"),
      Example("ridgeline plan --device raspberry-pi-5 --precision q4_0", "what runs on a device"),
    ]
  }

  var model: [String] = []
  var precision: [String] = []
  var kvPrecision: String?
  var device: [String] = []
  var batch = 1
  var context = 2048
  var threads: Int?
  var memory: MemorySize?
  var target: Double?
  var output = OutputFormat.text

  static var options: [Option<Self>] {
    [
      .list(
        "--model", \.model, "Model ids or paths; all models if left out.", placeholder: "id|path"),
      .list(
        "--precision", \.precision,
        "Precision ids in question; left out: f16 and the usual ggml mixes.", placeholder: "id"),
      .value("--kv-precision", \.kvPrecision, "Format of the KV cache.", placeholder: "id"),
      .list(
        "--device", \.device, "Device ids or paths; all devices if left out.",
        placeholder: "id|path"),
      .value(
        "--batch", \.batch, "Sequences that must run together.",
        limit: .between(1, Workload.limit)),
      .value(
        "--context", \.context, "Tokens of context that each must have.",
        limit: .between(1, Workload.limit)),
      .value("--threads", \.threads, "CPU cores in use.", limit: .atLeast(1)),
      .value("--memory", \.memory, "Memory of the device: 16GiB."),
      .value(
        "--target-tokens-per-second", \.target, "Decode speed that each sequence must reach.",
        placeholder: "rate", limit: .above(0)),
      .value("--output", \.output, "Format of the result."),
    ]
  }

  /// From the most bits to the fewest.
  static let usualPrecisions = [
    "f16", "q8_0", "q6_k", "q5_k_m", "q4_k_m", "q4_0", "q3_k_m", "q2_k",
  ]

  func run(on console: Console) throws {
    guard !model.isEmpty || !device.isEmpty else {
      throw UsageError("give --model, --device or both; what is left out is searched")
    }
    let search = try PlanSearch(self)
    switch output {
    case .text: console.print(search.document.text(width: console.width), terminator: "")
    case .markdown: console.print(search.document.markdown(), terminator: "")
    case .csv, .json: console.print(try search.table.text(as: output), terminator: "")
    }
  }
}
