import CommandLineKit
import Roofline

/// The options of `ridgeline bench` that run whole models.
struct ModelBenchOptions {
  var names: [String] = []
  var precisions: [String] = []
  var kvPrecision: String?
  var workload = WorkloadOptions()
  var chunk = 512
  var repetitions = 5
  var operations = false

  static var options: [Option<Self>] {
    Option.group(
      "Whole models",
      [
        .list(
          "--model", \.names, "Run these GGUF files, or catalog models with random weights.",
          placeholder: "id|path"),
        .list(
          "--precision", \.precisions, "How a catalog model's weights are stored; f16 by default.",
          placeholder: "id"),
        .value(
          "--kv-precision", \.kvPrecision, "How keys and values are cached.", placeholder: "id"),
        .value(
          "--chunk", \.chunk, "Prompt tokens that pass together.", limit: .atLeast(1)),
        .value(
          "--repetitions", \.repetitions, "How often each test is timed.", limit: .atLeast(1)),
        .flag("--operations", \.operations, "Also the time of each operation."),
      ]) + Option.embed(\.workload, WorkloadOptions.options)
  }
}
