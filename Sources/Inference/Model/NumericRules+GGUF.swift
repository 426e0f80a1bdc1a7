import Kernels
public import TransformerModels

extension NumericRules {
  /// Architectures of GGUF files that can be run, with what their files do not say.
  ///
  /// Source of pairings and functions: llama.cpp's model definitions.
  private static let architectures: [String: (isInterleaved: Bool, isGemma: Bool)] = [
    "llama": (true, false), "mistral": (true, false), "qwen2": (false, false),
    "qwen3": (false, false), "qwen2moe": (false, false), "qwen3moe": (false, false),
    "gemma": (false, true), "gemma2": (false, true), "gemma3": (false, true),
    "phi3": (false, false), "stablelm": (false, false), "olmo2": (false, false),
  ]

  /// The architectures that `init(_:)` knows, sorted.
  public static var supportedArchitectures: [String] { architectures.keys.sorted() }

  /// What the metadata of a GGUF file says of a model of `shapes`.
  ///
  /// - Throws: `ModelError` for an architecture or a scaling that cannot be run.
  public init(_ contents: GGUFContents, shapes: TransformerModel) throws(ModelError) {
    let name = contents.architecture
    func error(_ field: String, _ problem: String) -> ModelError {
      ModelError(file: contents.file.paths.first ?? "", field: field, problem: problem)
    }
    guard let known = Self.architectures[name] else {
      throw error(
        "general.architecture",
        "is \(name), which cannot be run; these can: "
          + Self.supportedArchitectures.joined(separator: ", "))
    }
    func number(_ key: String) -> Double? { contents.number(contents.architectureKey(key)) }
    let epsilon =
      number("attention.layer_norm_rms_epsilon") ?? number("attention.layer_norm_epsilon") ?? 1e-5
    let rotation = Rotation(
      base: number("rope.freq_base") ?? 10_000,
      dimensions: contents.integer(contents.architectureKey("rope.dimension_count")),
      isInterleaved: known.isInterleaved, scaling: try Self.scaling(contents, error))
    try Self.check(rotation, shapes, error)
    self.init(
      normEpsilon: Float(epsilon), nonlinearity: known.isGemma ? .gelu : .silu, rotation: rotation,
      embeddingScale: known.isGemma ? Self.gemmaEmbeddingScale(shapes) : 1,
      attentionScale: Self.attentionScale(of: shapes, isGemma: known.isGemma),
      attentionCap: number("attn_logit_softcapping").map { Float($0) },
      logitCap: number("final_logit_softcapping").map { Float($0) },
      routing: name == "qwen2moe" ? .softmaxOfAll : .softmaxOfChosen)
    if name == "gemma3" {
      windowRotation = Rotation(
        base: 10_000, dimensions: rotation.dimensions, isInterleaved: false)
    }
  }

  /// Gemma multiplies embeddings with the root of the width.
  static func gemmaEmbeddingScale(_ shapes: TransformerModel) -> Float {
    Float(Double(shapes.width).squareRoot())
  }

  /// Gemma 2 and 3 of 27B divide by the root of width over heads; their head width is another.
  static func attentionScale(of shapes: TransformerModel, isGemma: Bool) -> Float? {
    guard isGemma, let attention = shapes.layers.first?.layer.attention,
      [46, 62].contains(shapes.layerCount), attention.heads == 32
    else { return nil }
    return Float(1 / (Double(shapes.width) / Double(attention.heads)).squareRoot())
  }

  private static func scaling(
    _ contents: GGUFContents, _ error: (String, String) -> ModelError
  ) throws(ModelError) -> Scaling {
    let typeKey = contents.architectureKey("rope.scaling.type")
    let factor = contents.number(contents.architectureKey("rope.scaling.factor"))
    let type = contents.text(typeKey) ?? "none"
    for tensor in contents.file.tensors
    where tensor.name.hasPrefix("rope_factors_") {
      throw error(tensor.name, "belongs to a scaling of positions (longrope) that cannot be run")
    }
    guard let factor, factor > 0, factor != 1, type != "none" else { return .none }
    switch type {
    case "linear": return .linear(factor: factor)
    case "yarn":
      let key = contents.architectureKey("rope.scaling.original_context_length")
      guard let original = contents.number(key), original > 0 else {
        throw error(key, "is missing, which yarn needs; convert the model again")
      }
      return .yarn(factor: factor, originalPositions: original)
    default: throw error(typeKey, "is \(type), which cannot be run; none, linear and yarn can")
    }
  }

  private static func check(
    _ rotation: Rotation, _ shapes: TransformerModel, _ error: (String, String) -> ModelError
  ) throws(ModelError) {
    guard rotation.base > 0, rotation.base.isFinite else {
      throw error("rope.freq_base", "is \(rotation.base), but must be positive")
    }
    for run in shapes.layers {
      let width = run.layer.attention.headDim
      let turned = rotation.dimensions ?? width
      guard turned > 0, turned <= width, turned.isMultiple(of: 2) else {
        throw error(
          "rope.dimension_count", "is \(turned), but must be even and at most \(width)")
      }
    }
  }
}
