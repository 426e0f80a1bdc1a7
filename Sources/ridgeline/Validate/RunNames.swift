import HardwareProfiles
import QuantizationFormats
import TransformerModels

/// Finds what measurement tables mean by their names.
struct RunNames {
  private let devices: DeviceNames
  private let models: [CatalogEntry]

  init() throws {
    devices = DeviceNames(try ProfileCatalog.all())
    models = try ModelCatalog.entries()
  }

  /// The profile with this name, or one that means the same.
  func profile(_ name: String) -> HardwareProfile? { devices.profile(name) }

  /// The model with this identifier, name or alias.
  func model(_ name: String) -> TransformerModel? {
    let wanted = name.lowercased()
    return models.first { entry in
      ([entry.id, entry.name] + entry.aliases).contains { $0.lowercased() == wanted }
    }?.model
  }

  /// The model with exactly this many parameters: the shapes of its like are the same.
  func model(parameters: Int) -> TransformerModel? {
    models.first { $0.model.parameters == parameters }?.model
  }

  /// The precision that a table writes as "Q4_K_M", "fp16" or, as llama-bench does, "Q4_K - Medium".
  func precision(_ name: String) -> Precision? {
    var id = name.lowercased()
    for (suffix, letter) in [(" - medium", "_m"), (" - small", "_s"), (" - large", "_l")]
    where id.hasSuffix(suffix) {
      id = id.dropLast(suffix.count) + letter
    }
    let synonyms = [
      "fp16": "f16", "fp32": "f32", "all f32": "f32", "awq": "awq-4bit-g128",
      "gptq-int4": "gptq-4bit-g128", "int8wo": "w8a16",
    ]
    return try? PrecisionCatalog.precision(synonyms[id] ?? id)
  }
}
