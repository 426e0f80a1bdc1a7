import QuantizationFormats
import Roofline
import Testing
import TransformerModels
import Units

@Suite("One LoRA step")
struct FineTuningTests {
  private func step(
    _ model: String = "llama-2-7b", _ precision: String = "w16a16", rank: Int = 16,
    batch: Int = 1, sequence: Int = 512, recomputes: Bool = false
  ) throws -> FineTuningStep {
    let tuning = try FineTuning(
      rank: rank, batch: batch, sequence: sequence, recomputesActivations: recomputes)
    return try Fixture.estimator(model, precision, on: "nvidia-a100-80gb-sxm")
      .fineTuningStep(tuning)
  }

  /// Adapters of rank 16 on all linear layers of Llama-2-7B: q, k, v and o have 4096 + 4096 rows
  /// and columns, the other three 4096 + 11008.
  private let adapters = 32 * 16 * (4 * (4096 + 4096) + 3 * (4096 + 11008))

  @Test("Rank 16 on every linear layer of Llama-2-7B trains 39,976,960 parameters")
  func adapterParameters() throws {
    #expect(adapters == 39_976_960)
    #expect(try step().adapterParameters == adapters)
    #expect(try step(rank: 8).adapterParameters == adapters / 2)
  }

  @Test("Forward is a prefill with the head on every token, and the adapters")
  func forward() throws {
    let linear = 2 * 512 * (32 * (4 * 4096 * 4096 + 3 * 4096 * 11008) + 32000 * 4096)
    let attention = 32 * 4 * 4096 * (512 * 513 / 2)
    let adapted = 2 * 512 * adapters
    #expect(try step().forward.count == Number.whole(linear + attention + adapted))
    // Backward: inputs' gradients of frozen matrices, both operands' in attention and adapters.
    #expect(try step().backward.count == Number.whole(linear + 2 * attention + 2 * adapted))
    let again = Number.whole(2 * linear + 3 * attention + 3 * adapted)
    #expect(try step(recomputes: true).backward.count == again)
  }

  @Test("Adapters, gradients and AdamW take 16 bytes for a trained parameter")
  func state() throws {
    let step = try step()
    #expect(step.adapterState == Bytes(16 * adapters))
    #expect(step.baseWeights == Bytes(2 * 6_738_415_616))
    #expect(step.total == step.baseWeights + step.adapterState + step.activations)
  }

  @Test("Four-bit base weights leave the adapters and products as they are")
  func quantizedBase() throws {
    let half = try step()
    let quarter = try step("llama-2-7b", "nf4")
    #expect(quarter.adapterState == half.adapterState)
    #expect(quarter.forward == half.forward)
    #expect(quarter.seconds <= half.seconds)
    #expect(quarter.baseWeights < half.baseWeights)
  }

  @Test("Kept activations are half of what a block moves, or block inputs if it is recomputed")
  func activations() throws {
    // Numbers that a token moves in a block: linear inputs and outputs, two norms, rotary
    // positions, attention, the gated non-linearity (two in, one out), two sums (two in, one out).
    let linear = 4 * (4096 + 4096) + 3 * (4096 + 11008)
    let moved =
      linear + 2 * 2 * 4096 + 2 * 2 * 4096 + 2 * 4096 + 3 * 11008 + 2 * 3 * 4096
    let logits = 2 * 4 * 512 * 32000
    // Half of them, at two bytes each.
    #expect(try step().activations == Bytes(32 * 512 * moved + logits))
    let inputs = 32 * 512 * 4096 * 2
    #expect(try step(recomputes: true).activations == Bytes(inputs + 512 * moved + logits))
  }

  @Test("The step takes the time of its products at the rate of half floats, 312 TFLOP/s")
  func seconds() throws {
    let step = try step(batch: 4)
    #expect(step.limit == .compute)
    let operations = (step.forward + step.backward).count
    #expect(Number.agree(step.seconds.value, operations / 312e12))
    let int8 = try self.step("llama-2-7b", "w8a8", batch: 4)
    #expect(int8.seconds == step.seconds)
  }

  @Test(
    "Ranks, batches and lengths below one or absurdly large are refused",
    arguments: [0, -1, Int.min, Int.max, (1 << 30) + 1])
  func refusals(value: Int) throws {
    let rest = "is \(value); must be 1 to 1073741824"
    let rank = #expect(throws: WorkloadError.self) { try step(rank: value) }
    #expect(rank?.description == "--lora-rank: \(rest)")
    let batch = #expect(throws: WorkloadError.self) { try step(batch: value) }
    #expect(batch?.description == "--batch: \(rest)")
    let sequence = #expect(throws: WorkloadError.self) { try step(sequence: value) }
    #expect(sequence?.description == "--prompt: \(rest)")
  }
}
