import QuantizationFormats
import Roofline
import Testing
import TransformerModels
import Units

/// Models whose layers see a window, with the numbers that their configurations state.
struct WindowedModel: CustomTestStringConvertible, Sendable {
  let id: String
  let window: Int
  let localLayers: Int
  let globalLayers: Int
  /// Bytes of keys and values of one token in one layer at 16 bits.
  let cacheBytes: Int
  /// Operations of all heads for a pair of query and key: 4 h d_h.
  let operationsPerPair: Int

  var testDescription: String { id }

  static let all = [
    WindowedModel(
      id: "mistral-7b-v0.1", window: 4096, localLayers: 32, globalLayers: 0,
      cacheBytes: 2 * 8 * 128 * 2, operationsPerPair: 4 * 32 * 128),
    WindowedModel(
      id: "gemma-2-9b", window: 4096, localLayers: 21, globalLayers: 21,
      cacheBytes: 2 * 8 * 256 * 2, operationsPerPair: 4 * 16 * 256),
    // Every sixth of 34 layers is global: 6, 12, 18, 24 and 30.
    WindowedModel(
      id: "gemma-3-4b", window: 1024, localLayers: 29, globalLayers: 5,
      cacheBytes: 2 * 4 * 256 * 2, operationsPerPair: 4 * 8 * 256),
    WindowedModel(
      id: "gpt-oss-20b", window: 128, localLayers: 12, globalLayers: 12,
      cacheBytes: 2 * 8 * 64 * 2, operationsPerPair: 4 * 64 * 64),
  ]

  /// Tokens that all layers see together when a query sees `context` tokens.
  func visible(_ context: Int) -> Int {
    localLayers * min(context, window) + globalLayers * context
  }
}

@Suite("Sliding windows")
struct WindowShapeTests {
  private func cost(_ model: WindowedModel, _ pass: Pass) throws -> PassCost {
    try Fixture.estimator(model.id, "w16a16", on: "nvidia-h100-80gb-sxm").estimate(pass).cost
  }

  @Test(
    "The cache keeps a window in local layers and everything in global ones",
    arguments: WindowedModel.all)
  func cache(model: WindowedModel) throws {
    let plan = try Fixture.plan(model.id, "w16a16")
    for tokens in [1, model.window - 1, model.window, model.window + 1, 3 * model.window] {
      let bytes = model.visible(tokens) * model.cacheBytes
      #expect(plan.cacheBytes(tokens: tokens) == Bytes(bytes), "\(tokens)")
    }
    #expect(plan.hasWindow)
  }

  @Test("A decode step sees the window at most", arguments: WindowedModel.all)
  func decode(model: WindowedModel) throws {
    for context in [1, model.window - 1, model.window, model.window + 1, 3 * model.window] {
      let cost = try cost(model, Pass(decodingAt: context, sequences: 2))
      let visible = model.visible(context)
      let layers = model.localLayers + model.globalLayers
      #expect(cost.attention.count == Number.whole(2 * visible * model.operationsPerPair))
      #expect(cost.cacheRead == Bytes(2 * visible * model.cacheBytes))
      // The token itself was not in memory before the step.
      #expect(cost.compulsoryCacheRead == Bytes(2 * (visible - layers) * model.cacheBytes))
    }
  }

  @Test("64 decode steps across the border average what each sees", arguments: WindowedModel.all)
  func average(model: WindowedModel) throws {
    let before = model.window - 20
    let pass = Pass(sequences: 1, decodeSteps: 64, cachedBefore: before)
    let seen = (1...64).reduce(0) { $0 + model.visible(before + $1) }
    let cost = try cost(model, pass)
    #expect(cost.attention.count == Double(seen * model.operationsPerPair) / 64)
    #expect(cost.cacheRead == Bytes(Double(seen * model.cacheBytes) / 64))
  }

  @Test("A prompt across the border has the pairs of each query", arguments: WindowedModel.all)
  func prefill(model: WindowedModel) throws {
    for (cached, new) in [
      (0, model.window - 1), (0, model.window + 100), (model.window - 50, 100),
      (2 * model.window, 100),
    ] {
      let pairs = (1...new).reduce(0) { $0 + model.visible(cached + $1) }
      let cost = try cost(model, Pass(sequences: 1, newTokens: new, cachedBefore: cached))
      #expect(cost.attention.count == Number.whole(pairs * model.operationsPerPair))
    }
  }

  @Test("A prompt reads each key that any of its queries sees once", arguments: WindowedModel.all)
  func keysRead(model: WindowedModel) throws {
    let cached = 2 * model.window
    let cost = try cost(model, Pass(sequences: 1, newTokens: 100, cachedBefore: cached))
    // The first query sees the window, each of 99 more one key further.
    let local = model.localLayers * (model.window + 99)
    let global = model.globalLayers * (cached + 100)
    #expect(cost.cacheRead == Bytes((local + global) * model.cacheBytes))
    let old = model.localLayers * (model.window - 1) + model.globalLayers * cached
    #expect(cost.compulsoryCacheRead == Bytes(old * model.cacheBytes))
  }
}
