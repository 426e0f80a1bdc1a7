import Foundation
import HardwareProfiles
import Inference
import Measurement
import StrictJSON
import Testing

@testable import ridgeline

/// Results of whole models through `validate` and `report models`.
@Suite struct ModelResultTests {
  /// A machine that takes no time to start, 1 ns for 10 weights of q8_0 with one token, and 1 us for every
  /// other operation.
  private static let profile = """
    {"schema_version": 1, "id": "round", "name": "Round", "vendor": "x", "kind": "cpu",
     "architecture": "x", "memory": {}, "compute": [],
     "kernels": {"source": "made up",
       "reads": [{"threads": 1, "working_set_bytes": 1e9, "bytes_per_s": 1e13}],
       "rates": [{"format": "q8_0", "isa": "avx2", "threads": 1, "tokens": 1, "weights_per_s": 1e10,
         "seconds_per_column": 0}],
       "streams": [{"format": "q8_0", "isa": "avx2", "threads": 1, "tokens": 1,
         "bytes_per_s": 1e13}],
       "dispatch": [{"threads": 1, "seconds": 1e-12}],
       "operations": [\(operations)]}}
    """

  /// The same, decoded.
  static let machine = Result {
    try StrictJSON.decode(HardwareProfile.self, from: Data(profile.utf8), file: "round.json")
  }

  private static let operations = [
    "norm", "rope", "activation", "residual", "embedding", "store/f16",
    "attention_decode/f16/64/3",
  ].map { #"{"name": "\#($0)", "threads": 1, "size": 1, "seconds": 1e-6}"# }
    .joined(separator: ",")

  /// One token of SmolLM2-135M in `seconds`.
  private static func result(_ seconds: Double) throws -> ModelResult {
    let text = """
      {"case": {"model": "smollm2-135m", "precision": "q8_0", "kv_cache": "f16",
        "phase": "decode", "tokens": 1, "depth": 0, "sequences": 1, "chunk": 512, "threads": 1},
       "seconds": [\(seconds), \(2 * seconds)],
       "parts": [
         {"passes": 1, "seconds": [\(seconds / 2)], "disturbed_seconds": [1, 2]},
         {"passes": 1, "seconds": [], "disturbed_seconds": [\(seconds / 2)]}],
       "operations": [{"name": "attention", "calls": 30, "seconds": \(seconds / 4)}],
       "timed_seconds": \(seconds),
       "memory": {"weights_bytes": 143000000, "kv_cache_bytes": 737280, "before_bytes": 1,
         "peak_bytes": 180000000},
       "advisories": []}
      """
    return try JSONDecoder().decode(ModelResult.self, from: Data(text.utf8))
  }

  private static func write(_ results: [ModelResult], to path: String) throws {
    let header = RunHeader(
      id: RunHeader.newID(), startedUnixSeconds: 0, suite: "models",
      sampling: Transformer.policy(repetitions: 2), environment: .current())
    let writer = try ResultsWriter<ModelResult>(path: path, header: header, expectedCases: 1)
    for result in results { try writer.append(result) }
  }

  /// By hand: 134,479,872 weights at 10^10 a second are 13.448 ms.
  ///
  /// 30 layers take 2 norms, rope, a
  /// store, attention for 3 heads of keys, an activation and 2 residuals of 1 us each, 10 us; the
  /// embedding and the last norm 2 us more: 13.750 ms.
  @Test func `a decode step is predicted as worked by hand`() throws {
    let directory = try ScratchDirectory()
    let path = directory.url.path + "/m.jsonl"
    let profile = try directory.file("round.json", Self.profile)
    let measured = 13.75e-3
    try Self.write([try Self.result(measured)], to: path)
    let run = CommandRun(["validate", path, "--device", profile, "--output", "json"])
    #expect(run.exitCode == 0, "\(run.errors)")
    let json = try run.json()
    #expect(json["compared"] as? Int == 1)
    let cases = try #require(json["cases"] as? [[String: Any]])
    let predicted = try #require(cases[0]["predicted_seconds"] as? Double)
    #expect(abs(predicted / measured - 1) < 0.001, "\(predicted)")
    #expect(cases[0]["measured_seconds"] as? Double == measured)
  }

  @Test func `the report has speeds, where time goes, and memory`() throws {
    let directory = try ScratchDirectory()
    let path = directory.url.path + "/m.jsonl"
    let profile = try directory.file("round.json", Self.profile)
    try Self.write([try Self.result(13.75e-3)], to: path)
    let peers = try directory.file(
      "peers.json",
      """
      [{"backends": "ridgeline", "model_filename": "a/m.gguf", "n_threads": 1, "n_prompt": 0,
        "n_gen": 16, "n_depth": 0, "samples_ts": [30, 30, 33]},
       {"backends": "another", "model_filename": "m.gguf", "n_threads": 1, "n_prompt": 0,
        "n_gen": 16, "n_depth": 0, "samples_ts": [20, 20, 21], "n_batch": 512}]
      """)
    let run = CommandRun(["report", "models", path, "--device", profile, "--peers", peers])
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.output.contains("| smollm2-135m | q8_0 | tg1 | 1 |"))
    #expect(run.output.contains("1 of 1 are within 7 %"))
    #expect(run.output.contains("## Where time goes") && run.output.contains("## Memory"))
    #expect(run.output.contains("| m.gguf | tg16 | 1 | another | 20.0 | 30.0 | 1.50 |"))
  }

  @Test func `engines stand side by side without results of their own`() throws {
    let directory = try ScratchDirectory()
    let own =
      #""model_filename": "m.gguf", "n_threads": 2, "n_prompt": 512, "n_gen": 0, "n_depth": 0"#
    let tests = try directory.file(
      "engines.json",
      """
      [{"backends": "ridgeline", \(own), "samples_ts": [500, 400, 450], "cpu_info": "A processor",
        "build_commit": "abc", "test_time": "2026-11-30T12:00:00Z"},
       {"backends": "another", \(own), "samples_ts": [300, 310, 290]},
       {"backends": "a third", \(own), "samples_ts": [90, 91, 89]}]
      """)
    let run = CommandRun(["report", "engines", tests])
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.output.contains("- **processor:** A processor\n"))
    #expect(run.output.contains("a third, another, ridgeline at commit abc"))
    // 450/300 and 450/90.
    #expect(run.output.contains("Prefill: 1.5 to 5 times as fast."))
    #expect(run.output.contains("| m.gguf | pp512 | 2 | another | 300 | 450 | 1.50 |"))
    #expect(!run.output.contains("Decode:"))

    let alone = try directory.file(
      "alone.json", #"[{"backends": "another", \#(own), "samples_ts": [1]}]"#)
    let nothing = CommandRun(["report", "engines", alone])
    #expect(nothing.exitCode == 2 && nothing.errors.contains("another engine"))
    let unnamed = CommandRun("report engines")
    #expect(unnamed.exitCode == 2 && unnamed.errors.contains("llama-bench"))
  }

  @Test func `what is missing is named`() throws {
    let directory = try ScratchDirectory()
    let path = directory.url.path + "/m.jsonl"
    var result = try Self.result(1)
    result.modelCase.model = "other.gguf"
    try Self.write([result], to: path)
    let profile = try directory.file("round.json", Self.profile)
    let noDevice = CommandRun(["validate", path])
    #expect(noDevice.exitCode == 2 && noDevice.errors.contains("--device is missing"))
    let noFile = CommandRun(["validate", path, "--device", profile])
    #expect(noFile.exitCode == 2 && noFile.errors.contains("other.gguf"))
    let kernels = CommandRun(["report", "kernels", path])
    #expect(kernels.exitCode == 1 && kernels.errors.contains("ridgeline-model-results"))
    let nothing = CommandRun("report models")
    #expect(nothing.exitCode == 2 && nothing.errors.contains("--device"))
  }
}
