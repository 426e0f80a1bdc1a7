import Reports
import TransformerModels

/// The shapes of a model for people and for JSON.
struct ShapeFacts {
  private let model: TransformerModel

  init(_ model: TransformerModel) { self.model = model }

  var facts: [Document.Fact] {
    [
      .init("parameters", Figures.count(model.parameters)),
      .init("active", Figures.count(model.activeParameters)),
      .init("streamed in decode", Figures.count(model.decodeStreamedParameters)),
      .init(
        "KV cache",
        "\(Figures.count(model.keyValueElementsPerToken * 2)) bytes per token in fp16"),
      .init("width", Figures.count(model.width)),
      .init("vocabulary", Figures.count(model.embedding.vocabularyRows) + head),
      .init("context", model.maximumPositions.map(Figures.count)),
    ] + kinds.map { Document.Fact(Self.layers($0.count), Self.describe($0.layer)) }
  }

  var json: JSONValue {
    [
      "id": .string(model.id), "name": .string(model.name), "family": .string(model.family),
      "parameters": .integer(model.parameters),
      "active_parameters": .integer(model.activeParameters),
      "decode_streamed_parameters": .integer(model.decodeStreamedParameters),
      "kv_cache_bytes_per_token_f16": .integer(model.keyValueElementsPerToken * 2),
      "width": .integer(model.width), "layers": .integer(model.layerCount),
      "vocabulary_rows": .integer(model.embedding.vocabularyRows),
      "tied_embeddings": .boolean(model.embedding.isTied),
      "maximum_positions": model.maximumPositions.map(JSONValue.integer),
      "layer_kinds": .array(
        kinds.map { kind in
          [
            "layers": .integer(kind.count), "shape": .string(Self.describe(kind.layer)),
            "heads": .integer(kind.layer.attention.heads),
            "key_value_heads": .integer(kind.layer.attention.keyValueHeads),
            "head_dim": .integer(kind.layer.attention.headDim),
            "window": kind.layer.attention.window.map(JSONValue.integer),
          ]
        }),
    ]
  }

  private var head: String { model.embedding.isTied ? ", head tied to the embedding" : "" }

  /// Layers alike, in order of first appearance.
  private var kinds: [LayerRun] {
    var kinds: [LayerRun] = []
    for run in model.layers {
      if let index = kinds.firstIndex(where: { $0.layer == run.layer }) {
        kinds[index].count += run.count
      } else {
        kinds.append(run)
      }
    }
    return kinds
  }

  private static func layers(_ count: Int) -> String { count == 1 ? "1 layer" : "\(count) layers" }

  private static func describe(_ layer: TransformerLayer) -> String {
    let attention = layer.attention
    var parts: [String] = []
    if let latent = attention.latent {
      parts.append("\(attention.heads) heads, latent attention of rank \(latent.keyValueRank)")
    } else {
      parts.append(
        "\(attention.heads) heads of \(attention.headDim), \(attention.keyValueHeads) key-value")
    }
    if let window = attention.window { parts.append("window \(Figures.count(window))") }
    switch layer.feedForward {
    case .dense(let dense):
      parts.append("\(dense.isGated ? "gated " : "")FFN of \(Figures.count(dense.width))")
    case .mixture(let mixture):
      let shared =
        mixture.sharedWidth > 0 ? " and a shared one of \(Figures.count(mixture.sharedWidth))" : ""
      parts.append(
        "\(mixture.expertsPerToken) of \(mixture.experts) experts of"
          + " \(Figures.count(mixture.expertWidth))\(shared)")
    }
    if layer.isParallel { parts.append("attention and FFN in parallel") }
    return parts.joined(separator: "; ")
  }
}
