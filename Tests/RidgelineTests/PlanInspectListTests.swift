import Foundation
import Testing

@Suite struct PlanInspectListTests {
  @Test func `plan finds the best precision for a card`() {
    let run = CommandRun(
      "plan --model llama-3-8b --device nvidia-rtx-3060-12gb --context 4096")
    #expect(run.exitCode == 0)
    // q8_0 is 8.5 GB and fits the 12.9 GB of the card, f16 at 16 GB does not.
    #expect(run.output.contains("Best precision: llama-3-8b q8_0 on nvidia-rtx-3060-12gb"))
  }

  @Test func `plan searches devices for a model and target`() {
    let run = CommandRun(
      "plan --model llama-2-70b --precision q4_k_m --target-tokens-per-second 10 --output csv")
    let lines = run.output.split(separator: "\n")
    #expect(lines.contains { $0.contains("nvidia-a100-80gb-sxm") })
    #expect(!lines.contains { $0.contains("raspberry-pi") })
    #expect(!lines.contains { $0.contains("nvidia-rtx-4090") }, "41 GB do not fit 24 GiB")
  }

  @Test func `plan says when nothing works`() {
    let run = CommandRun("plan --model llama-2-70b --precision f16 --device raspberry-pi-5")
    #expect(run.exitCode == 0 && run.output.contains("Nothing works"))
  }

  @Test func `inspect shows the shapes of a catalog model`() {
    let run = CommandRun("inspect llama-3-8b")
    #expect(run.output.contains("8,030,261,248"))
    #expect(run.output.contains("32 heads of 128, 8 key-value; gated FFN of 14,336"))
    #expect(run.output.contains("131,072 bytes per token in fp16"))
  }

  @Test func `inspect reads a config of Hugging Face`() throws {
    let directory = try ScratchDirectory()
    let path = try directory.file(
      "config.json",
      """
      {"model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336,
       "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8,
       "vocab_size": 128256, "max_position_embeddings": 8192, "tie_word_embeddings": false,
       "rms_norm_eps": 1e-5}
      """)
    let inspect = CommandRun("inspect \(path)")
    #expect(inspect.output.contains("8,030,261,248"), "\(inspect.errors)")
    let predict = CommandRun(
      "predict --model \(path) --precision q4_k_m --device nvidia-rtx-4090 --output json")
    let catalog = CommandRun(
      "predict --model llama-3-8b --precision q4_k_m --device nvidia-rtx-4090 --output json")
    let keys = ["memory", "prefill", "decode"]
    for key in keys {
      let left = try predict.json()[key] as? NSDictionary
      let right = try catalog.json()[key] as? NSDictionary
      #expect(left == right, "\(key)")
    }
  }

  @Test(arguments: ["models", "precisions", "devices", "engines", "kernels", "suites"])
  func `list prints every subject in every format`(subject: String) {
    for format in ["text", "markdown", "csv", "json"] {
      let run = CommandRun("list \(subject) --output \(format)")
      #expect(run.exitCode == 0 && run.output.count > 50, "\(run.errors)")
    }
  }

  @Test func `list devices gives every figure with basis and source`() throws {
    let run = CommandRun("list devices --match a100-80gb-pcie --output json")
    let devices = try JSONSerialization.jsonObject(with: Data(run.output.utf8))
    let device = try #require((devices as? [[String: Any]])?.first)
    let bandwidth = device["bandwidth_theoretical_bytes_per_s"] as? [String: Any]
    #expect(bandwidth?["value"] as? Double == 1.935e12)
    #expect(bandwidth?["basis"] as? String != nil && bandwidth?["source"] as? String != nil)
  }
}
