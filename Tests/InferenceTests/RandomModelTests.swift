import Inference
import Kernels
import QuantizationFormats
import Roofline
import Testing
import TransformerModels

@Suite("Models with random weights")
struct RandomModelTests {
  private static func small(_ id: String) throws -> TransformerModel {
    var shapes = try ModelCatalog.entry(named: id).model
    shapes.layers = [LayerRun(count: 1, layer: shapes.layers[0].layer)]
    return shapes
  }

  @Test(
    "They run in every kind of precision, and give finite logits",
    arguments: ["q4_0", "q8_0", "q4_k_m", "f16", "llm-int8"])
  func precisions(_ name: String) throws {
    let shapes = try Self.small("smollm2-135m")
    let precision = try PrecisionCatalog.precision(name)
    // Rows of 576 are no whole superblocks, which the mixes know.
    let weights = try ModelWeights(random: shapes, scheme: precision.weights)
    let first = try Transformer(weights, threads: 2, capacity: 32).run([1, 2, 3])
    #expect(first.count == 49_152)
    #expect(first.allSatisfy { $0.isFinite })
    #expect(Set(first.prefix(100)).count > 50)
  }

  @Test("The same seed gives the same model, another one another")
  func seeds() throws {
    let shapes = try Self.small("smollm2-135m")
    let scheme = try PrecisionCatalog.precision("q8_0").weights
    func logits(_ seed: UInt64) throws -> [Float] {
      try Transformer(
        try ModelWeights(random: shapes, scheme: scheme, seed: seed), threads: 1, capacity: 32
      ).run([5])
    }
    let one = try logits(1)
    #expect(try logits(1) == one)
    #expect(try logits(2) != one)
  }

  @Test("Caches of clusters take their grids from the first tokens, and more bits are closer")
  func clusteredCaches() throws {
    let shapes = try Self.small("smollm2-135m")
    let scheme = try PrecisionCatalog.precision("f16").weights
    let weights = try ModelWeights(random: shapes, scheme: scheme)
    let tokens = (0..<40).map { $0 * 977 % 49_152 }
    func logits(_ cache: CacheFormat, threads: Int = 1) throws -> [Float] {
      let transformer = try Transformer(weights, threads: threads, capacity: 64, cache: cache)
      _ = try transformer.run(tokens)
      return try transformer.run([7])
    }
    let exact = try logits(.f32)
    let size = exact.reduce(0) { $0 + $1 * $1 }
    let errors = try [CacheFormat.rptq4, .rptq3].map { format in
      let actual = try logits(format)
      #expect(try logits(format, threads: 3) == actual)
      return zip(actual, exact).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / size
    }
    // A grid of twice the step has about four times the squared error.
    #expect(errors[0] > 0 && errors[1] > 2 * errors[0] && errors[1] < 0.1, "\(errors)")
  }

  @Test("Measuring at a context needs no prompt, whatever the cache")
  func filledCaches() throws {
    let shapes = try Self.small("smollm2-135m")
    let scheme = try PrecisionCatalog.precision("q8_0").weights
    let weights = try ModelWeights(random: shapes, scheme: scheme)
    for cache in CacheFormat.allCases {
      let transformer = try Transformer(weights, threads: 1, capacity: 64, cache: cache)
      try transformer.fill(to: 33)
      #expect(try transformer.run([7]).allSatisfy { $0.isFinite }, "\(cache)")
    }
  }

  @Test("What cannot be run is refused with the reason")
  func refusals() throws {
    for (name, reason) in [("bloom-560m", "ALiBi"), ("deepseek-v3", "latent")] {
      guard let entry = try? ModelCatalog.entry(named: name) else { continue }
      #expect {
        try ModelWeights(
          random: entry.model, scheme: try PrecisionCatalog.precision("q8_0").weights)
      } throws: { error in
        (error as? ModelError)?.problem.contains(reason) ?? false
      }
    }
  }
}
