import Foundation
import Inference
import Kernels
import Measurement
import QuantizationFormats
import Roofline
import Testing
import TransformerModels
import Units

@Suite("Measuring whole models")
struct ModelMeasurementTests {
  private static func small(_ id: String, layers: Int = 2) throws -> TransformerModel {
    var shapes = try ModelCatalog.entry(named: id).model
    shapes.layers = [LayerRun(count: layers, layer: shapes.layers[0].layer)]
    return shapes
  }

  private static func result(_ test: SpeedTest, threads: Int = 1) throws -> ModelResult {
    let weights = try ModelWeights(
      random: try small("smollm2-135m"), scheme: try PrecisionCatalog.precision("q8_0").weights)
    let transformer = try Transformer(weights, threads: threads, capacity: test.capacity)
    let speed = try transformer.measure(test, repetitions: 3)
    let item = ModelCase(
      model: "smollm2-135m", precision: "q8_0", cache: "f16", test: test, sequences: 1,
      chunk: 512, threads: threads)
    return ModelResult(
      item, speed: speed,
      memory: .init(
        weights: weights.packedBytes, cache: transformer.cacheBytes, before: 1, peak: nil),
      memoryReads: [1e10, 2e10, 4e10])
  }

  @Test("A test gives a time for each repetition, and one for each operation of the plan")
  func repetitions() throws {
    let result = try Self.result(.decode(tokens: 2, depth: 40))
    #expect((3...12).contains(result.seconds.count) && result.seconds.allSatisfy { $0 > 0 })
    #expect(result.parts.allSatisfy { $0.passes == 2 })
    for part in result.parts {
      #expect(part.seconds.count + part.disturbedSeconds.count == 2 * result.seconds.count)
    }
    #expect(result.undisturbedSeconds > 0 && (0...1).contains(result.disturbedShare))
    #expect(result.tokens == 2 && result.memoryBytesPerSecond == 2e10)
    let attention = try #require(result.operations.first { $0.name == "attention" })
    #expect(attention.calls == 4, "two layers, two tokens")
    #expect(result.operations.reduce(0) { $0 + $1.seconds } <= result.timedSeconds)
    #expect(result.key == "smollm2-135m q8_0 kv-f16 tg2 @ d40 x1 chunk512 t1")
  }

  @Test("Results are written and read back with their raw samples")
  func roundTrip() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "models-\(UUID()).jsonl")
    defer { try? FileManager.default.removeItem(at: path) }
    let header = RunHeader(
      id: "r", startedUnixSeconds: 1, suite: "models",
      sampling: Transformer.policy(repetitions: 3), environment: .current())
    let writer = try ResultsWriter<ModelResult>(path: path.path, header: header, expectedCases: 1)
    let result = try Self.result(.prefill(tokens: 5))
    try writer.append(result)
    let read = try Results<ModelResult>([UInt8](try Data(contentsOf: path)), file: path.path)
    let payload = try #require(read.entries.first?.payload)
    #expect(payload.key == result.key && payload.modelCase == result.modelCase)
    #expect(payload.parts.map(\.seconds.count) == result.parts.map(\.seconds.count))
    #expect(abs(payload.undisturbedSeconds / result.undisturbedSeconds - 1) < 0.01)
    #expect(payload.seconds == result.seconds && payload.operations == result.operations)
    #expect(payload.memory == result.memory && payload.advisories == result.advisories)
  }

  @Test(
    "The predicted footprint is what weights and cache occupy",
    arguments: [
      ("smollm2-135m", "q4_0"), ("tinyllama-1.1b", "q4_k"), ("llama-3.2-1b", "f16"),
      ("qwen2.5-0.5b", "q8_0"), ("opt-125m", "q8_0"),
    ])
  func footprint(_ id: String, _ name: String) throws {
    let shapes = try Self.small(id)
    let precision = try PrecisionCatalog.precision(name)
    let weights = try ModelWeights(random: shapes, scheme: precision.weights)
    let transformer = try Transformer(weights, threads: 1, capacity: 100, sequences: 2)
    let footprint = RunnerFootprint(
      shapes, cache: .float16, sequences: 2, capacity: 100, chunk: 64
    ) { spec, layer in precision.weights.format(for: spec, layer: layer, in: shapes) }
    // Gains and biases are the rest of the predicted weights.
    let vectors = footprint.weights.count - Double(weights.packedBytes)
    #expect(vectors >= 0 && vectors < 0.01 * footprint.weights.count)
    // A cache of 100 tokens has room for 128: whole blocks of 32.
    #expect(footprint.cache.count == Double(transformer.cacheBytes))
    let wider = RunnerFootprint(
      shapes, cache: .float16, sequences: 2, capacity: 100, chunk: 32
    ) { spec, layer in precision.weights.format(for: spec, layer: layer, in: shapes) }
    #expect(wider.activations < footprint.activations)
  }
}
