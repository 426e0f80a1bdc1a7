import QuantizationFormats
import Roofline
import Testing
import TransformerModels
import Units

@Suite("Activations alive together")
struct ActivationLivenessTests {
  private func activations(
    _ model: String, _ workload: Workload, _ precision: String = "w16a16"
  ) throws -> Bytes {
    try Fixture.estimator(model, precision, on: "nvidia-h100-80gb-sxm")
      .estimate(workload).memory.activations
  }

  private func prompt(_ tokens: Int, batch: Int = 1) throws -> Workload {
    try Workload(batch: batch, prompt: tokens, generate: 0)
  }

  @Test("The peak of Llama-2-7B is its gated network: 30,208 numbers for each token of a prompt")
  func llama() throws {
    // residual 4096 + its norm 4096 + gate 11008 + up 11008, at 2 bytes
    let perToken = 2 * (4096 + 4096 + 11008 + 11008)
    #expect(try activations("llama-2-7b", prompt(512)) == Bytes(512 * perToken))
    #expect(try activations("llama-2-7b", prompt(512, batch: 3)) == Bytes(3 * 512 * perToken))
  }

  @Test("The peak is above the largest buffer and below the sum of all")
  func betweenLargestAndSum() throws {
    let peak = try activations("llama-2-7b", prompt(512)).count
    let largest = Number.whole(512 * 2 * 11008)
    // residual, two norms, query, key, value, attended, projected, expanded; gate and up
    let sum = Number.whole(512 * 2 * (9 * 4096 + 2 * 11008))
    #expect(peak > largest)
    #expect(peak < sum)
  }

  @Test("In decode the f32 logits of a large vocabulary are the peak")
  func logits() throws {
    // The residual stream and the last state, 2 bytes each, and 4 bytes for each row.
    let decode = try Workload(prompt: 0, generate: 0, context: 100)
    #expect(try activations("llama-3-8b", decode) == Bytes(2 * 4096 * 2 + 128_256 * 4))
    let many = try Workload(batch: 7, prompt: 0, generate: 0, context: 100)
    #expect(try activations("llama-3-8b", many) == Bytes(7 * (2 * 4096 * 2 + 128_256 * 4)))
  }

  @Test("A workload peaks in the larger of its two phases")
  func phases() throws {
    // One prompt token needs 60,416 bytes in the blocks, less than the logits of 144,384.
    #expect(
      try activations("llama-2-7b", Workload(prompt: 1, generate: 1))
        == Bytes(2 * 4096 * 2 + 32000 * 4))
    #expect(
      try activations("llama-2-7b", Workload(prompt: 512, generate: 128)) == Bytes(512 * 60_416))
  }

  @Test("Experts of a token are alive together in Mixtral")
  func mixture() throws {
    // residual and norm 4096 each, gate and up of 2 experts of 14336
    let perToken = 2 * (2 * 4096 + 2 * 2 * 14336)
    #expect(try activations("mixtral-8x7b", prompt(256)) == Bytes(256 * perToken))
  }

  @Test("DeepSeek-V3 peaks in attention, when the norm before it is dead already")
  func latentAttention() throws {
    // residual 7168, queries and expanded keys 128 * 192 each, values and result 128 * 128 each
    let perToken = 2 * (7168 + 2 * 24576 + 2 * 16384)
    #expect(try activations("deepseek-v3", prompt(256)) == Bytes(256 * perToken))
  }

  @Test("A parallel block keeps its norm through attention, for the network that reads it too")
  func parallelBlock() throws {
    // GPT-J: residual and norm, the attention's result, and the hidden layer of 16384: no gate
    let perToken = 2 * (3 * 4096 + 16384)
    #expect(try activations("gpt-j-6b", prompt(64)) == Bytes(64 * perToken))
  }

  @Test("Scores never reach memory: the peak is linear in the length of the prompt")
  func tiledAttention() throws {
    let short = try activations("llama-2-7b", prompt(1000))
    let long = try activations("llama-2-7b", prompt(64_000))
    #expect(long == short * 64)
  }

  @Test("Activations of eight bits take half of those of sixteen")
  func narrowActivations() throws {
    let half = try activations("llama-2-7b", prompt(512), "w8a8")
    #expect(half == Bytes(512 * 30_208))
  }
}
