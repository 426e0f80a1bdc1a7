import TransformerModels

/// Models whose dimensions are typed in, so that sizes are checked without catalog or files.
enum HandBuiltModels {
  static let llama2With7B = llama("Llama-2", layers: 32, width: 4096, heads: 32, hidden: 11008)
  static let llama2With70B = llama(
    "Llama-2", layers: 80, width: 8192, heads: 64, shared: 8, hidden: 28672)
  static let llama3With8B = llama(
    "Llama-3", layers: 32, width: 4096, heads: 32, shared: 8, hidden: 14336, vocabulary: 128256)
  static let llama3With70B = llama(
    "Llama-3", layers: 80, width: 8192, heads: 64, shared: 8, hidden: 28672, vocabulary: 128256)
  static let smolLM2With135M = llama(
    "SmolLM2", layers: 30, width: 576, heads: 9, shared: 3, hidden: 1536, vocabulary: 49152,
    isTied: true)

  /// LLaMA-1 by its nominal size.
  static let llama1: [Int: TransformerModel] = [
    7: llama("LLaMA-1", layers: 32, width: 4096, heads: 32, hidden: 11008),
    13: llama("LLaMA-1", layers: 40, width: 5120, heads: 40, hidden: 13824),
    30: llama("LLaMA-1", layers: 60, width: 6656, heads: 52, hidden: 17920),
    65: llama("LLaMA-1", layers: 80, width: 8192, heads: 64, hidden: 22016),
  ]

  static let mixtral = TransformerModel(
    id: "mixtral-8x7b", name: "Mixtral-8x7B", family: "Mixtral", width: 4096,
    embedding: Embedding(vocabularyRows: 32000, isTied: false), norm: .rms,
    layers: [
      LayerRun(
        count: 32,
        layer: TransformerLayer(
          attention: Attention(heads: 32, keyValueHeads: 8, headDim: 128),
          feedForward: .mixture(
            FeedForward.Mixture(experts: 8, expertsPerToken: 2, expertWidth: 14336))))
    ])

  static func gptOSS(layers: Int, experts: Int) -> TransformerModel {
    TransformerModel(
      id: "gpt-oss", name: "gpt-oss", family: "gpt-oss", width: 2880,
      embedding: Embedding(vocabularyRows: 201_088, isTied: false), norm: .rms,
      layers: [
        LayerRun(
          count: layers,
          layer: TransformerLayer(
            attention: Attention(
              heads: 64, keyValueHeads: 8, headDim: 64, hasQueryKeyValueBias: true,
              hasOutputBias: true, hasSinks: true),
            feedForward: .mixture(
              FeedForward.Mixture(
                experts: experts, expertsPerToken: 4, expertWidth: 2880, hasExpertBias: true,
                hasRouterBias: true))))
      ])
  }

  static func opt(layers: Int, width: Int, heads: Int) -> TransformerModel {
    TransformerModel(
      id: "opt", name: "OPT", family: "OPT", width: width,
      embedding: Embedding(vocabularyRows: 50272, isTied: true, positionRows: 2050), norm: .layer,
      layers: [
        LayerRun(
          count: layers,
          layer: TransformerLayer(
            attention: Attention(
              heads: heads, keyValueHeads: heads, headDim: width / heads,
              hasQueryKeyValueBias: true, hasOutputBias: true),
            feedForward: .dense(
              FeedForward.Dense(width: 4 * width, isGated: false, hasBias: true))))
      ])
  }

  static func llama(
    _ family: String, layers: Int, width: Int, heads: Int, shared: Int? = nil, hidden: Int,
    vocabulary: Int = 32000, isTied: Bool = false
  ) -> TransformerModel {
    TransformerModel(
      id: family.lowercased(), name: family, family: family, width: width,
      embedding: Embedding(vocabularyRows: vocabulary, isTied: isTied), norm: .rms,
      layers: [
        LayerRun(
          count: layers,
          layer: TransformerLayer(
            attention: Attention(
              heads: heads, keyValueHeads: shared ?? heads, headDim: width / heads),
            feedForward: .dense(FeedForward.Dense(width: hidden, isGated: true))))
      ])
  }
}
