import Foundation
import Testing

@Suite struct PredictCommandTests {
  private static let question =
    "predict --model llama-2-7b --precision q4_0 --device nvidia-a100-80gb-pcie"

  @Test func `the JSON keeps its contract`() throws {
    let json = try CommandRun("\(Self.question) --output json --operations").json()
    let keys = [
      "schema_version", "model", "precision", "device", "engine", "workload", "memory", "prefill",
      "decode", "advisories", "operations",
    ]
    for key in keys { #expect(json[key] != nil, "\(key) is missing") }
    func object(_ key: String) -> [String: Any] { json[key] as? [String: Any] ?? [:] }
    #expect(object("model").keys.sorted() == ["active_parameters", "id", "parameters"])
    for key in ["id", "weights", "activations", "kv_cache", "weight_bits_per_parameter"] {
      #expect(object("precision")[key] != nil, "precision.\(key)")
    }
    for key in ["weights_bytes", "kv_cache_bytes", "activations_bytes", "total_bytes"] {
      #expect(object("memory")[key] is NSNumber, "memory.\(key)")
    }
    #expect(object("memory")["fits"] as? Bool == true)
    let decode = object("decode")
    for key in [
      "context", "flop_per_token", "bytes_per_token", "memory_seconds", "compute_seconds", "bound",
      "critical_batch",
    ] { #expect(decode[key] != nil, "decode.\(key)") }
    let bound = decode["bound"] as? [String: Any] ?? [:]
    #expect(bound.keys.sorted() == ["limited_by", "seconds", "tokens_per_second"])
    let expected = decode["expected"] as? [String: Any] ?? [:]
    #expect(
      expected.keys.sorted() == ["fitted_on", "high", "low", "seconds", "tokens_per_second"])
    let roofline = try CommandRun("\(Self.question) --engine roofline --output json").json()
    #expect(
      (roofline["decode"] as? [String: Any])?["expected"] == nil,
      "the roofline engine expects nothing")
  }

  @Test func `a token of llama-2-7b q4_0 on an A100 takes 516th of a second at most`() throws {
    let run = CommandRun("\(Self.question) --prompt 0 --generate 0 --context 1 --output json")
    let json = try run.json()
    let memory = json["memory"] as? [String: Any]
    #expect(memory?["weights_bytes"] as? Double == 3_825_065_984)
    let decode = json["decode"] as? [String: Any]
    let bound = decode?["bound"] as? [String: Any]
    // The file without its input embedding but for one row, and one token of KV written; the
    // token's own key and value need not be read back.
    let rowBytes = 4096.0 * 18 / 32
    let bytes: Double = 3_825_065_984 - 31_999 * rowBytes + 524_288
    #expect(decode?["bytes_per_token"] as? Double == bytes)
    let expected = 1.935e12 / bytes
    let actual = bound?["tokens_per_second"] as? Double ?? 0
    #expect(abs(actual / expected - 1) < 1e-12)
    #expect(Int(actual) == 515 || Int(actual) == 516)
    #expect(bound?["limited_by"] as? String == "memory")
  }

  @Test func `the verdict comes first`() {
    let lines = CommandRun(Self.question).output.split(separator: "\n")
    #expect(lines[0] == "Llama-2-7B, q4_0, NVIDIA A100 80GB PCIe")
    #expect(
      lines[2] == "Memory bound; fits with 81.7 GB to spare; at most 477 tokens/s in decode.")
  }

  @Test func `every output format works and none prints to standard error`() {
    for format in ["text", "markdown", "csv", "json"] {
      let run = CommandRun("\(Self.question) --operations --explain --output \(format)")
      #expect(run.exitCode == 0 && !run.output.isEmpty && run.errors.isEmpty, "\(format)")
    }
  }

  @Test func `a model that does not fit still gets an answer`() {
    let run = CommandRun("predict --model llama-2-70b --precision f16 --device raspberry-pi-5")
    #expect(run.exitCode == 0)
    #expect(run.output.contains("does NOT fit, 121 GB short"))
    #expect(run.output.contains("It does not fit: "))
  }

  @Test func `explain shows numbers that multiply out`() {
    let output = CommandRun("\(Self.question) --context 1 --explain").output
    // 32 layers x 2 x 32 heads x 128 numbers x 2 bytes.
    #expect(output.contains("32 layers x 8,192 numbers"))
    #expect(output.contains("= 524,288"))
    // (3,751,337,984 - 1,064,960 of norms) / 6,607,077,376 = 0.5676; 624e12 x that / (2 x 1.935e12)
    #expect(output.contains("critical batch = 624 TOP/s x 0.5676 bytes per weight"))
    #expect(output.contains("critical batch      91.5"))
  }

  @Test func `a device without the unit says that compute time is unavailable`() throws {
    let run = CommandRun(
      "predict --model llama-2-7b --precision smoothquant-o3 --device apple-m1-8-core-gpu"
        + " --output json")
    let json = try run.json()
    let decode = json["decode"] as? [String: Any]
    #expect(decode?["compute_seconds"] == nil)
    #expect(decode?["critical_batch"] == nil)
    #expect(run.output.contains("has no int8 rate: compute time is unavailable"))
  }

  @Test func `a split over two devices is slower than the fast one and faster than the slow`()
    throws
  {
    func decode(_ options: String) throws -> Double {
      let line =
        "predict --model llama-2-7b --precision q4_0 --output json --prompt 0 --context 64"
        + " --generate 0"
      let json = try CommandRun("\(line) \(options)").json()
      let part = (json["offload"] ?? json) as? [String: Any]
      let decode = part?["decode"] as? [String: Any] ?? [:]
      let bound = decode["bound"] as? [String: Any] ?? decode
      return bound["tokens_per_second"] as? Double ?? 0
    }
    let fast = try decode("--device nvidia-rtx-4090")
    let slow = try decode("--device amd-ryzen-9-7950x")
    let split = try decode(
      "--device nvidia-rtx-4090 --offload-to amd-ryzen-9-7950x --gpu-layers 16")
    #expect(slow < split && split < fast, "\(slow) < \(split) < \(fast)")
  }
}
