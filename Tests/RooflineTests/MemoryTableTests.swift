import QuantizationFormats
import Roofline
import Testing
import TransformerModels
import Units

// facts/quantization.md 12: every parameter at w bits, 2 n d B s kv / 8 bytes of keys and values.

@Suite("The memory of OPT under RPTQ's settings")
struct MemoryTableTests {
  // W4A4KV quantizes weights and cache alone, so its column equals W4A4 in memory.
  private static let settings = [
    "w16a16", "w4a16", "w4a8kv8", "w4a4kv4", "w4a16kv4", "w4a16kv3", "w3a16kv3",
  ]

  struct Row: CustomTestStringConvertible, Sendable {
    let model: String
    let batch: Int
    let tokens: Int
    let gigabytes: [Double]

    var testDescription: String { "\(model) \(batch) x \(tokens)" }
  }

  static let rows = [
    Row(model: "opt-13b", batch: 1, tokens: 2048, gigabytes: [27.4, 8.1, 7.3, 6.8, 6.8, 6.7, 5.1]),
    Row(
      model: "opt-13b", batch: 8, tokens: 4096,
      gigabytes: [52.6, 33.3, 19.8, 13.1, 13.1, 11.5, 9.9]),
    Row(
      model: "opt-13b", batch: 64, tokens: 8192,
      gigabytes: [455.2, 435.9, 221.2, 113.8, 113.8, 87.0, 85.4]),
    Row(
      model: "opt-30b", batch: 1, tokens: 2048,
      gigabytes: [62.8, 17.8, 16.4, 15.7, 15.7, 15.5, 11.8]),
    Row(
      model: "opt-30b", batch: 8, tokens: 4096,
      gigabytes: [105.0, 60.1, 37.5, 26.3, 26.3, 23.4, 19.7]),
    Row(
      model: "opt-30b", batch: 64, tokens: 8192,
      gigabytes: [781.5, 736.5, 375.8, 195.4, 195.4, 150.3, 146.5]),
    Row(
      model: "opt-66b", batch: 1, tokens: 2048,
      gigabytes: [136.3, 37.7, 35.3, 34.1, 34.1, 33.8, 25.6]),
    Row(
      model: "opt-66b", batch: 8, tokens: 4096,
      gigabytes: [208.7, 110.2, 71.5, 52.2, 52.2, 47.4, 39.1]),
    Row(
      model: "opt-66b", batch: 64, tokens: 8192,
      gigabytes: [1368.4, 1269.8, 651.3, 342.1, 342.1, 264.8, 256.6]),
    Row(
      model: "opt-175b", batch: 1, tokens: 2048,
      gigabytes: [358.9, 97.0, 92.1, 89.7, 89.7, 89.1, 67.3]),
    Row(
      model: "opt-175b", batch: 8, tokens: 4096,
      gigabytes: [503.8, 241.9, 164.6, 126.0, 126.0, 116.3, 94.5]),
    Row(
      model: "opt-175b", batch: 64, tokens: 8192,
      gigabytes: [2823.1, 2561.2, 1324.3, 705.8, 705.8, 551.2, 529.3]),
  ]

  private func memory(
    _ model: String, _ precision: String, batch: Int, tokens: Int
  ) throws -> Bytes {
    let estimator = try Fixture.estimator(model, precision, on: "nvidia-a100-80gb-sxm")
    let workload = try Workload(batch: batch, prompt: 0, generate: 0, context: tokens)
    let memory = estimator.estimate(workload).memory
    return memory.weights + memory.cache
  }

  @Test("Weights and cache are those of the table", arguments: rows)
  func table(row: Row) throws {
    for (precision, gigabytes) in zip(Self.settings, row.gigabytes) {
      let bytes = try memory(row.model, precision, batch: row.batch, tokens: row.tokens)
      #expect(Number.rounds(bytes.gigabytes, to: gigabytes), "\(precision): \(bytes.gigabytes)")
    }
    #expect(row.gigabytes.count == Self.settings.count)
  }

  @Test("W4A4 saves 927.7 GB over W4A16 for OPT-66B at batch 64 and 8192 tokens")
  func saving() throws {
    let wide = try memory("opt-66b", "w4a16", batch: 64, tokens: 8192)
    let narrow = try memory("opt-66b", "w4a4kv4", batch: 64, tokens: 8192)
    // 2 * 64 layers * 9216 * 64 sequences * 8192 tokens * (16 - 4) bits / 8
    #expect((wide - narrow).count == Number.whole(2 * 64 * 9216 * 64 * 8192 * 12 / 8))
    #expect(Number.rounds((wide - narrow).gigabytes, to: 927.7))
    #expect((wide - narrow).gibibytes == 864)
  }

  @Test("W3A3KV saves 81.25 % of OPT-175B at batch 64 and 8192 tokens, W4A4 75.0 %")
  func share() throws {
    let whole = try memory("opt-175b", "w16a16", batch: 64, tokens: 8192)
    let three = try memory("opt-175b", "w3a16kv3", batch: 64, tokens: 8192)
    let four = try memory("opt-175b", "w4a4kv4", batch: 64, tokens: 8192)
    // 1 - 3 / 16 and 1 - 4 / 16, since every number goes from 16 bits to 3 or 4.
    #expect(1 - three / whole == 0.8125)
    #expect(1 - four / whole == 0.75)
  }

  @Test("RPTQ's own precisions add the scales of 32 clusters and keep 16-bit embeddings")
  func metadata() throws {
    let plan = try Fixture.plan("opt-175b", "rptq-w3a3kv")
    // Each of 96 layers: rows of q, k, v and o (4 d) and of fc1 and fc2 (4 d + d), 32 clusters of
    // two f16 each, d = 12288.
    let scales = Number.whole(96 * 9 * 12288 * 32 * 4)
    let codes = Number.whole(96 * 12 * 12288 * 12288 * 3 / 8)
    // Two embeddings; biases (9 d) and two norms (4 d) in each layer, one more norm (2 d).
    let rest = Number.whole(2 * ((50272 + 2050) * 12288 + 96 * 13 * 12288 + 2 * 12288))
    #expect(plan.weights.count == codes + scales + rest)
    #expect(plan.cacheBytesPerToken.count == Number.whole(96 * 2 * 12288 * 3 / 8))
  }
}

@Suite("The memory of SmoothQuant")
struct SmoothQuantMemoryTests {
  @Test("OPT-13B takes 12.22 GiB: int8 linear layers, the rest in f16")
  func opt13B() throws {
    let plan = try Fixture.plan("opt-13b", "smoothquant-o3")
    let codes = Number.whole(40 * 12 * 5120 * 5120)
    let embeddings = Number.whole(2 * (50272 + 2050) * 5120)
    // Biases of q, k, v, o, fc1, fc2 (9 d) and two norms (4 d) in each layer, one more norm (2 d).
    let vectors = Number.whole(2 * (40 * 13 * 5120 + 2 * 5120))
    let scales = Number.whole(40 * 6 * 4)
    #expect(plan.weights.count == codes + embeddings + vectors + scales)
    #expect(Number.rounds(plan.weights.gibibytes, to: 12.22, decimals: 2))
    // facts/quantization.md 7 (d) says 12.0, which needs one byte for every parameter.
    #expect(Number.rounds(try Fixture.plan("opt-13b", "int8").weights.gibibytes, to: 12.0))
  }

  @Test("Weights and cache stay below what the paper measured at batch 4 x 128")
  func published() throws {
    let workload = try Workload(batch: 4, prompt: 128, generate: 0)
    let int8 = try Fixture.estimator("opt-13b", "smoothquant-o3", on: "nvidia-a100-80gb-sxm")
    let memory = int8.estimate(workload).memory
    // 40 layers * 2 * 5120 bytes * 512 tokens
    #expect(memory.cache == Bytes(209_715_200))
    #expect((memory.weights + memory.cache).gibibytes < 12.6)
    let half = try Fixture.estimator("opt-13b", "w16a16", on: "nvidia-a100-80gb-sxm")
    #expect(half.estimate(workload).memory.weights.gibibytes < 24.4)
  }
}
