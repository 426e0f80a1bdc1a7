import CommandLineKit
import Roofline

/// The options that say what the model is asked to do.
struct WorkloadOptions {
  var batch = 1
  var prompt = 512
  var generate = 128
  var context: Int?

  static var options: [Option<Self>] {
    Option.group(
      "Workload",
      [
        .value(
          "--batch", \.batch, "Sequences processed together.", limit: .between(1, Workload.limit)),
        .value(
          "--prompt", \.prompt, "Prompt tokens of each sequence.",
          limit: .between(0, Workload.limit)),
        .value(
          "--generate", \.generate, "Tokens generated for each sequence.",
          limit: .between(0, Workload.limit)),
        .value(
          "--context", \.context,
          "Decode at exactly this many cached tokens, the new one included, instead of averaging"
            + " over the generated tokens.", limit: .between(1, Workload.limit)),
      ])
  }

  /// The workload; `batch` overrides the option for sweeps.
  func workload(batch: Int? = nil, context: Int? = nil) throws -> Workload {
    do {
      return try Workload(
        batch: batch ?? self.batch, prompt: prompt, generate: generate,
        context: context ?? self.context)
    } catch {
      throw UsageError("\(error)")
    }
  }
}
