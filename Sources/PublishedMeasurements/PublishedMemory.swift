import Engines
import HardwareProfiles
import QuantizationFormats
import Roofline
import TransformerModels
import Units

/// A published peak of memory beside weights, cache and activations as Ridgeline counts them.
public struct PublishedMemory: Sendable {
  /// The engine's identifier.
  public let engine: String
  /// What was run, for a message.
  public let label: String
  /// The peak that was published, in bytes.
  public let measured: Double
  /// Weights, cache and the largest live activations, in bytes.
  public let counted: Double
  /// What the engine's file says it takes besides, in bytes.
  public let overhead: Double

  /// |predicted / measured - 1|, the engine's own memory counted.
  public var error: Double { abs((counted + overhead) / measured - 1) }
  /// The same without the engine's own memory.
  public var bareError: Double { abs(counted / measured - 1) }

  private static let engines = [
    ("exllama v1", "exllama-v1"), ("autoawq", "autoawq"), ("torchao", "torch-compile"),
    ("transformers", "transformers"),
  ]

  /// Every row of `Data/published-memory.csv` whose model and precision the catalogs know.
  public static func all() throws -> [PublishedMemory] {
    var rows: [PublishedMemory] = []
    for record in try PublishedTable.records("published-memory").map(\.fields) {
      let name = record["engine_backend"] ?? ""
      guard let id = engines.first(where: { name.lowercased().contains($0.0) })?.1,
        let engine = try EngineCatalog.engine(id),
        let model = try? ModelCatalog.entry(named: record["model"] ?? "").model,
        let precision = try? PublishedNames.precision(
          named: record["precision_format"] ?? "", engine: name),
        let batch = Int(record["batch"] ?? ""), let prompt = Int(record["prompt_len"] ?? ""),
        let generated = Int(record["gen_len_or_context"] ?? ""),
        let value = Double(record["memory_gb"] ?? ""),
        let workload = try? Workload(batch: batch, prompt: prompt, generate: generated)
      else { continue }
      let plan = OperationPlan(model: model, precision: precision)
      guard let profile = try ProfileCatalog.profile("nvidia-a100-80gb-sxm") else { continue }
      // The device decides nothing about the bytes that are counted.
      let estimator = try Estimator(plan: plan, device: Device(profile, precision: precision))
      rows.append(
        PublishedMemory(
          engine: id, label: "\(model.id), \(precision.id), \(prompt) + \(generated) x \(batch)",
          measured: value * (record["unit"] == "GiB" ? 1_073_741_824 : 1e9),
          counted: estimator.estimate(workload).memory.total.count,
          overhead: engine.memory?.runtimeBytes ?? 0))
    }
    return rows
  }
}
