#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif
import StrictJSON

/// What a Hugging Face `config.json` says about a model.
///
/// A field that is left out has the default of its class in transformers 4.57; where such a
/// default is a dimension, `assumptions` lists it. Width, layers, heads, vocabulary and the width
/// of the feed-forward network must be there, as they are in every published file but Gemma 3's.
public struct HuggingFaceConfig: Hashable, Sendable {
  /// The shapes.
  public let model: TransformerModel
  /// The `model_type` that decided how the file was read.
  public let modelType: String
  /// What the file does not say and was assumed; worth showing to the user.
  public let assumptions: [String]
  /// The precision id that `quantization_config` or the data type stands for, if known.
  public let suggestedPrecision: String?

  /// Files above this are not a `config.json`.
  static let largestFile = 64 << 20

  /// The model types whose shapes are known, in alphabetical order.
  public static let modelTypes: [String] =
    (DecoderFamily.table.keys + OlderArchitectures.modelTypes).sorted()

  /// Reads `data`, the contents of `file`.
  ///
  /// - Throws: `ModelError` that names the field which is missing, of the wrong type or absurd.
  public static func read(
    from data: Data, file: String
  ) throws(ModelError) -> HuggingFaceConfig {
    guard data.count <= largestFile else {
      throw ModelError(file: file, problem: "has \(data.count) bytes; a config.json is small")
    }
    let whole = ConfigReader(file: file, object: try decode(data, file: file))
    let text = whole.nested("text_config")
    let config = text ?? whole
    if text != nil { config.assume("only the language part of the model, text_config, counts") }
    let modelType = try modelType(config, wrapper: try whole.text("model_type"))
    let identity = ModelIdentity(
      file: file, nameOrPath: try whole.text("_name_or_path"), family: modelType)
    let model = try model(config, modelType: modelType, identity: identity)
    let precision = try precision(whole, config)
    return HuggingFaceConfig(
      model: try model.validated(file: file), modelType: modelType,
      assumptions: config.assumptions + (text == nil ? [] : whole.assumptions),
      suggestedPrecision: precision)
  }

  /// The shapes that `data`, the contents of `file`, describes.
  ///
  /// - Throws: `ModelError` as `read(from:file:)` does.
  public static func model(
    from data: Data, file: String
  ) throws(ModelError) -> TransformerModel {
    try read(from: data, file: file).model
  }

  /// What the file says of its numbers: how they are quantized, otherwise their type.
  private static func precision(
    _ whole: ConfigReader, _ config: ConfigReader
  ) throws(ModelError) -> String? {
    if let quantized = try whole.quantizedPrecision() { return quantized }
    if let type = try whole.dataType() { return type }
    return try config.dataType()
  }

  private static func decode(_ data: Data, file: String) throws(ModelError) -> ConfigObject {
    do {
      return try StrictJSON.decode(ConfigObject.self, from: data, file: file)
    } catch {
      throw ModelError(file: file, field: error.field, problem: error.problem)
    }
  }

  /// The type of the decoder; wrappers with a vision tower may leave it to the reader.
  private static func modelType(
    _ config: ConfigReader, wrapper: String?
  ) throws(ModelError) -> String {
    let type = try config.text("model_type") ?? wrapper ?? ""
    return switch type {
    case "gemma3": "gemma3_text"
    case "mistral3": "mistral"
    case "llama4": "llama4_text"
    default: type
    }
  }

  private static func model(
    _ config: ConfigReader, modelType: String, identity: ModelIdentity
  ) throws(ModelError) -> TransformerModel {
    let older = OlderArchitectures(config: config, identity: identity)
    if let model = try older.model(modelType) { return model }
    if let family = DecoderFamily.table[modelType] {
      return try family.model(config, identity: identity)
    }
    return try unknownModel(config, modelType: modelType, identity: identity)
  }

  /// Takes an unknown type for a Llama, if all its fields are there and none that a Llama lacks.
  private static func unknownModel(
    _ config: ConfigReader, modelType: String, identity: ModelIdentity
  ) throws(ModelError) -> TransformerModel {
    let needed = [
      "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "vocab_size",
      "rms_norm_eps",
    ]
    let foreign = [
      "num_experts", "num_local_experts", "n_routed_experts", "kv_lora_rank", "layer_types",
      "linear_num_key_heads", "mamba_d_state", "state_size",
    ]
    guard let llama = DecoderFamily.table["llama"], needed.allSatisfy(config.contains),
      !foreign.contains(where: config.contains)
    else {
      throw config.error(
        "model_type",
        (modelType.isEmpty ? "missing" : "'\(modelType)' is not supported")
          + "; known are \(modelTypes.joined(separator: ", "))")
    }
    config.assume(
      "model_type '\(modelType)' is not known; it has the fields of a Llama and is taken for one")
    return try llama.model(config, identity: identity)
  }
}
