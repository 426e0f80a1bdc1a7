import QuantizationFormats
import Roofline
import Testing
import TransformerModels
import Units

@Suite("What holds for every model of the catalog")
struct CatalogPropertyTests {
  private func tensors(_ model: TransformerModel) -> [(spec: TensorSpec, count: Int)] {
    model.outerTensors.map { ($0, 1) }
      + model.layers.flatMap { run in
        run.layer.tensors(width: model.width, norm: model.norm).map { ($0, run.count) }
      }
  }

  @Test(
    "f16 files take two bytes a parameter, and two more for what llama.cpp keeps in f32",
    arguments: ModelCatalog.ids)
  func halfPrecision(id: String) throws {
    let model = try Fixture.model(id)
    // Vectors, biases, routers and learned positions.
    let wide = tensors(model).reduce(0) { total, tensor in
      let spec = tensor.spec
      let isWhole =
        spec.isVector || [.router, .sharedExpertRouter, .positionEmbedding].contains(spec.role)
      return total + tensor.count * (isWhole ? spec.parameters : spec.biasElements * spec.copies)
    }
    let plan = try Fixture.plan(model, "f16")
    #expect(plan.weights == Bytes(2 * model.parameters + 2 * wide))
    #expect(try Fixture.plan(model, "f32").weights == Bytes(4 * model.parameters))
  }

  @Test("Parts, roles and layers each add up to all weights", arguments: ModelCatalog.ids)
  func parts(id: String) throws {
    for precision in ["w16a16", "q4_k_m", "q2_k", "nf4-dq", "gptq-3bit-g128", "rptq-w4a4"] {
      let plan = try Fixture.plan(id, precision)
      let byPart = TensorRole.Part.allCases.reduce(Bytes.zero) { $0 + plan.weights(of: $1) }
      let byRole = plan.weightsByRole.values.reduce(Bytes.zero, +)
      let outer = plan.model.outerTensors.reduce(Bytes.zero) {
        $0 + (plan.weightsByRole[$1.role] ?? .zero)
      }
      let byLayer = plan.layerGroups.reduce(outer) {
        $0 + Bytes($1.weightBytesPerLayer * Double($1.indices.count))
      }
      #expect(byPart == plan.weights, "\(precision)")
      #expect(byRole == plan.weights, "\(precision)")
      #expect(byLayer == plan.weights, "\(precision)")
      let scheme = plan.precision.weights
      #expect(scheme.bytes(of: plan.model) == plan.weights, "\(precision)")
    }
  }

  @Test("Groups of layers hold each layer once", arguments: ModelCatalog.ids)
  func layerGroups(id: String) throws {
    let plan = try Fixture.plan(id, "q4_k_m")
    let indices = plan.layerGroups.flatMap(\.indices).sorted()
    #expect(indices == Array(0..<plan.model.layerCount))
  }

  @Test(
    "A step streams all that a token passes, and no speed beats bandwidth over that",
    arguments: ModelCatalog.ids)
  func ceiling(id: String) throws {
    let model = try Fixture.model(id)
    let estimator = try Fixture.estimator(
      Fixture.plan(model, "w16a16"), on: MadeUpDevice().profile())
    let phase = estimator.estimate(Pass(decodingAt: 1, sequences: 1))
    let positions = model.embedding.positionRows * model.width
    let streamed = Double(2 * (model.decodeStreamedParameters - positions))
    #expect(phase.cost.weights.count == streamed)
    #expect(phase.bound.tokensPerSecond * streamed < 1e12)
    #expect(phase.roofline.tokensPerSecond * streamed < 1e12)
    #expect(phase.roofline.tokensPerSecond > 0)
  }

  @Test(
    "Two operations for each weight of the matrices that a token passes",
    arguments: ModelCatalog.ids)
  func operations(id: String) throws {
    let model = try Fixture.model(id)
    let matrices = tensors(model).reduce(0) { total, tensor in
      let spec = tensor.spec
      guard !spec.isVector, spec.role != .positionEmbedding else { return total }
      if spec.role == .tokenEmbedding && !model.embedding.isTied { return total }
      return total + tensor.count * spec.elements
    }
    var idle = 0
    for run in model.layers {
      guard case .mixture(let mixture) = run.layer.feedForward else { continue }
      let matrices = mixture.isGated ? 3 : 2
      let others = mixture.experts - mixture.expertsPerToken
      idle += run.count * others * matrices * mixture.expertWidth * model.width
    }
    let estimator = try Fixture.estimator(
      Fixture.plan(model, "w16a16"), on: MadeUpDevice().profile())
    let cost = estimator.estimate(Pass(decodingAt: 1, sequences: 1)).cost
    #expect(cost.linear == OperationCount(2 * Double(matrices - idle)))
  }

  @Test(
    "The cache grows by what the model says until a window forgets", arguments: ModelCatalog.ids)
  func cache(id: String) throws {
    let model = try Fixture.model(id)
    let plan = try Fixture.plan(model, "w16a16")
    #expect(plan.cacheBytesPerToken == Bytes(2 * model.keyValueElementsPerToken))
    let twice = plan.cacheBytes(tokens: 100_000_000)
    let once = plan.cacheBytes(tokens: 50_000_000)
    #expect(plan.hasWindow ? twice < once * 2 : twice == once * 2)
  }
}
