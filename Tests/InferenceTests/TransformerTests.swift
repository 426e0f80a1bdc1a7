import Inference
import Kernels
import QuantizationFormats
import Roofline
import Testing
import TransformerModels

@Suite("Whole transformers")
struct TransformerTests {
  /// A small model with the traits of a family.
  struct Family: Sendable, CustomTestStringConvertible {
    let name: String
    var shapes: TransformerModel
    var rules = NumericRules()
    var testDescription: String { name }
  }

  private static func model(
    _ attention: Attention, _ feedForward: FeedForward, norms: [TensorRole]? = nil,
    isParallel: Bool = false, norm: NormKind = .rms, isTied: Bool = true, positions: Int = 0
  ) -> TransformerModel {
    var layer = TransformerLayer(
      attention: attention, feedForward: feedForward, isParallel: isParallel)
    if let norms { layer.norms = norms }
    return TransformerModel(
      id: "small", name: "small", family: "small", width: 48,
      embedding: Embedding(
        vocabularyRows: 70, isTied: isTied, positionRows: positions,
        rotatesQueriesAndKeys: positions == 0),
      norm: norm, layers: [LayerRun(count: 2, layer: layer)])
  }

  private static let grouped = Attention(heads: 4, keyValueHeads: 2, headDim: 16)
  private static let gated = FeedForward.dense(.init(width: 80, isGated: true))
  private static let halves = NumericRules.Rotation(base: 10_000, isInterleaved: false)

  static let families: [Family] = {
    var all = [
      Family(name: "Llama, SmolLM2", shapes: model(grouped, gated)),
      Family(
        name: "Mistral with a window",
        shapes: model(
          Attention(heads: 4, keyValueHeads: 2, headDim: 16, window: 4), gated, isTied: false)),
      Family(
        name: "Qwen2",
        shapes: model(
          Attention(heads: 6, keyValueHeads: 2, headDim: 16, hasQueryKeyValueBias: true), gated),
        rules: NumericRules(rotation: halves)),
      Family(
        name: "Qwen3",
        shapes: model(
          Attention(heads: 4, keyValueHeads: 1, headDim: 32, queryKeyNorm: .perHead), gated),
        rules: NumericRules(rotation: halves)),
      Family(
        name: "OLMo 2",
        shapes: model(
          Attention(heads: 4, keyValueHeads: 2, headDim: 16, queryKeyNorm: .allHeads), gated,
          norms: [.attentionPostNorm, .feedForwardPostNorm]),
        rules: NumericRules(rotation: halves)),
      Family(
        name: "Gemma 2",
        shapes: model(
          Attention(heads: 2, keyValueHeads: 1, headDim: 32, window: 5), gated,
          norms: [.attentionNorm, .attentionPostNorm, .feedForwardNorm, .feedForwardPostNorm]),
        rules: NumericRules(
          nonlinearity: .gelu, rotation: halves, embeddingScale: 6.93, attentionScale: 0.2,
          attentionCap: 5, logitCap: 3)),
      Family(
        name: "OPT",
        shapes: model(
          Attention(
            heads: 3, keyValueHeads: 3, headDim: 16, hasQueryKeyValueBias: true,
            hasOutputBias: true), .dense(.init(width: 96, isGated: false, hasBias: true)),
          norm: .layer, positions: 40),
        rules: NumericRules(nonlinearity: .relu, rotation: nil, firstPositionRow: 2)),
      Family(
        name: "parallel halves, part of each head turned",
        shapes: model(
          grouped, .dense(.init(width: 64, isGated: false, hasBias: true)),
          norms: [.attentionNorm], isParallel: true, norm: .layer),
        rules: NumericRules(
          nonlinearity: .gelu,
          rotation: .init(
            base: 5000, dimensions: 8, isInterleaved: false, scaling: .linear(factor: 4)))),
      Family(
        name: "Mixtral",
        shapes: model(
          grouped, .mixture(.init(experts: 5, expertsPerToken: 2, expertWidth: 40)))),
    ]
    all.append(
      Family(
        name: "Qwen2-MoE",
        shapes: model(
          grouped,
          .mixture(
            .init(
              experts: 6, expertsPerToken: 3, expertWidth: 24, sharedWidth: 32,
              hasSharedRouter: true))),
        rules: NumericRules(
          rotation: .init(
            base: 10_000, isInterleaved: false,
            scaling: .factors([1, 1, 1, 1.5, 2, 3, 4, 8])), routing: .softmaxOfAll)))
    return all
  }()

  private static let tokens = [3, 69, 0, 14, 14, 51, 7, 33, 20]

  @Test("Logits agree with double precision", arguments: families)
  func logits(_ family: Family) throws {
    let source = VisibleWeights()
    let weights = try ModelWeights(family.shapes, rules: family.rules, source: source)
    let expected = NaiveTransformer(shapes: family.shapes, rules: family.rules, weights: source)
      .logits(Self.tokens)
    let transformer = try Transformer(weights, threads: 2, capacity: 32, cache: .f32)
    let actual = try transformer.run(Self.tokens, chunk: 4, logitsOfAll: true)
    try #require(actual.count == expected.count * 70)
    let worst = zip(actual, expected.joined()).map { abs(Double($0) - $1) }.max() ?? 0
    #expect(worst < 2e-4, "\(worst)")
    transformer.reset()
    var last: [Float] = []
    for token in Self.tokens { last = try transformer.run([token]) }
    #expect(last.map(\.bitPattern) == actual.suffix(70).map(\.bitPattern))
  }

  @Test("Sequences that run together do not meet", arguments: families)
  func batch(_ family: Family) throws {
    let weights = try ModelWeights(family.shapes, rules: family.rules, source: VisibleWeights())
    let one = try Transformer(weights, threads: 1, capacity: 32).run(Self.tokens)
    let other = try Transformer(weights, threads: 1, capacity: 32).run(Self.tokens.reversed())
    let both = try Transformer(weights, threads: 1, capacity: 32, sequences: 2)
      .run(Self.tokens + Self.tokens.reversed())
    #expect(both.map(\.bitPattern) == (one + other).map(\.bitPattern))
  }

  @Test("It runs the operations that the estimator prices", arguments: families)
  func operations(_ family: Family) throws {
    let weights = try ModelWeights(family.shapes, rules: family.rules, source: VisibleWeights())
    let transformer = try Transformer(weights, threads: 1, capacity: 32)
    transformer.startTiming()
    _ = try transformer.run([1])
    let plan = OperationPlan(model: family.shapes, precision: try PrecisionCatalog.precision("f32"))
    #expect(Set(transformer.timings.map(\.kind)) == Set(plan.operationKinds))
  }

  @Test("Tokens that cannot be run are refused")
  func errors() throws {
    let family = Self.families[0]
    let weights = try ModelWeights(family.shapes, rules: family.rules, source: VisibleWeights())
    let transformer = try Transformer(weights, threads: 1, capacity: 4, sequences: 2)
    #expect(throws: InferenceError.tokenCount(3, sequences: 2)) { try transformer.run([1, 2, 3]) }
    #expect(throws: InferenceError.unknownToken(70, vocabulary: 70)) {
      try transformer.run([1, 70])
    }
    #expect(throws: InferenceError.contextIsFull(needed: 5, capacity: 4)) {
      try transformer.run([Int](repeating: 1, count: 10))
    }
  }
}
