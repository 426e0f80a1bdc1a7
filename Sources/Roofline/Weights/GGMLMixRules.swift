public import QuantizationFormats
public import TransformerModels

// Which format llama.cpp gives each matrix of a file: what `llama-quantize` decides in
// `llama_tensor_get_type` (src/llama-quant.cpp, 2025 to 2026), without an importance matrix except
// for the file types that cannot be made without one.

extension GGMLMix {
  /// The format of `spec` in a file of this type.
  ///
  /// `layer` counts from 0 and is `nil` outside the blocks.
  public func format(
    for spec: TensorSpec, layer: Int?, in model: TransformerModel
  ) -> StorageFormat {
    guard !Self.staysFloat32(spec) else { return .f32 }
    guard isQuantized else { return base }
    let chosen = GGMLMixChoice(mix: self, model: model, layer: layer ?? 0).format(for: spec)
    return chosen.divides(columns: spec.columns) ? chosen : Self.fallback(chosen, spec.columns)
  }

  /// Vectors, routers and position embeddings are converted to f32 and never quantized.
  private static func staysFloat32(_ spec: TensorSpec) -> Bool {
    switch spec.role {
    case .router, .sharedExpertRouter, .positionEmbedding: true
    default: spec.isVector
    }
  }

  /// What replaces a format whose blocks do not divide rows of `columns` weights.
  ///
  /// llama.cpp refuses where it knows no replacement; this takes f16 there.
  private static func fallback(_ format: StorageFormat, _ columns: Int) -> StorageFormat {
    let replacement: StorageFormat =
      switch format {
      case .q2_k, .q3_k, .tq1_0, .tq2_0, .q2_0: .q4_0
      case .q4_k: .q5_0
      case .q5_k: .q5_1
      case .q6_k: .q8_0
      default: format.layout.weightsPerBlock == 256 ? .iq4_nl : .f16
      }
    return replacement.divides(columns: columns) ? replacement : .f16
  }
}

/// The rules of one file type for one layer of one model.
struct GGMLMixChoice {
  let mix: GGMLMix
  let model: TransformerModel
  /// The layer, counted from 0.
  let layer: Int

  var layers: Int { model.layerCount }

  /// Query heads that share a key and value head in the first layer.
  var sharing: Int {
    guard let attention = model.layers.first?.layer.attention else { return 1 }
    return attention.heads / max(1, attention.keyValueHeads)
  }

  /// Routed experts; 0 in a dense model.
  var experts: Int {
    for run in model.layers {
      if case .mixture(let mixture) = run.layer.feedForward { return mixture.experts }
    }
    return 0
  }

  /// Letters and digits of the family's name, `gptneox` for `GPT-NeoX`.
  var family: String { model.family.lowercased().filter { $0.isLetter || $0.isNumber } }

  var isFalcon: Bool { family == "falcon" }

  /// Whether llama.cpp keeps queries, keys and values of the family in one matrix, `attn_qkv`.
  var fusesQueryKeyValue: Bool {
    [
      "bloom", "chatglm", "dbrx", "falcon", "gpt2", "gptneox", "mpt", "neox", "phi3", "phi35",
      "phi4", "pythia", "starcoder",
    ].contains(family)
  }

  /// The first and last eighth of the layers, and every third between.
  var deservesMoreBits: Bool {
    layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2
  }

  func format(for spec: TensorSpec) -> StorageFormat {
    if spec.role == .outputHead || (spec.role == .tokenEmbedding && model.embedding.isTied) {
      return outputHead(columns: spec.columns)
    }
    if mix == .mxfp4 { return microscaling(spec.role) }
    if mix.isBelowThreeBits, let format = belowThreeBits(spec.role) { return format }
    switch spec.role {
    case .tokenEmbedding: return embedding
    case .query: return fusesQueryKeyValue ? fusedQueryKeyValue : query
    case .key: return fusesQueryKeyValue ? fusedQueryKeyValue : key
    case .value: return fusesQueryKeyValue ? fusedQueryKeyValue : value
    case .attentionOutput: return attentionOutput
    case .down, .expertDown, .sharedExpertDown: return down
    case .gate, .up, .expertGate, .expertUp, .sharedExpertGate, .sharedExpertUp: return gateOrUp
    default: return mix.base
    }
  }

  private func outputHead(columns: Int) -> StorageFormat {
    if mix == .mxfp4 || isFalcon || !mix.base.divides(columns: columns) { return .q8_0 }
    switch mix {
    case .q8_0: return .q8_0
    case .iq1_s, .iq1_m, .iq2_xxs, .iq2_xs, .iq2_s, .iq2_m, .iq3_xxs: return .q5_k
    default: return .q6_k
    }
  }

  private var embedding: StorageFormat {
    switch mix {
    case .iq1_s, .iq1_m, .iq2_xxs, .iq2_xs: .q2_k
    case .iq2_s, .iq2_m, .iq3_xxs: .iq3_s
    case .tq1_0, .tq2_0, .q2_0: .q4_k
    default: mix.base
    }
  }

  /// MXFP4_MOE quantizes routed experts; a dense model has none, so its linear layers stand in.
  private func microscaling(_ role: TensorRole) -> StorageFormat {
    role.isRoutedExpert || (experts == 0 && role.isBlockLinear) ? .mxfp4 : .q8_0
  }
}
