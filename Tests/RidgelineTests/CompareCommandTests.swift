import Foundation
import Testing

@Suite struct CompareCommandTests {
  @Test func `rows come in the order of the lists`() {
    let run = CommandRun(
      "compare --model llama-2-7b,llama-3-8b --precision f16,q4_0 --device nvidia-t4,nvidia-l4"
        + " --batch 1,8 --output csv")
    let rows = run.output.split(separator: "\n").dropFirst().map { row in
      row.split(separator: ",").prefix(4).joined(separator: " ")
    }
    #expect(rows.count == 16)
    #expect(rows.first == "llama-2-7b f16 nvidia-t4 1")
    #expect(rows[1] == "llama-2-7b f16 nvidia-t4 8")
    #expect(rows.last == "llama-3-8b q4_0 nvidia-l4 8")
  }

  @Test func `a row says what predict says`() throws {
    let predict = try CommandRun(
      "predict --model mixtral-8x7b --precision q4_k_m --device nvidia-rtx-4090 --output json"
    ).json()
    let run = CommandRun(
      "compare --model mixtral-8x7b --precision q4_k_m --device nvidia-rtx-4090 --output json")
    let rows = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [[String: Any]]
    let decode = predict["decode"] as? [String: Any]
    let bound = decode?["bound"] as? [String: Any]
    let row = try #require(rows?.first)
    #expect(
      row["decode_bound_tokens_per_second"] as? Double == bound?["tokens_per_second"] as? Double)
    let memory = predict["memory"] as? [String: Any]
    #expect(row["total_bytes"] as? Double == memory?["total_bytes"] as? Double)
  }

  @Test func `any axis can run across the table`() {
    for axis in ["model", "precision", "device", "batch", "context"] {
      let run = CommandRun(
        "compare --model llama-2-7b,opt-13b --precision f16,q8_0 --device nvidia-t4,nvidia-l4"
          + " --batch 1,2 --context 100,200 --columns \(axis) --value memory --output csv")
      #expect(run.exitCode == 0, "\(run.errors)")
      let lines = run.output.split(separator: "\n")
      // Five axes of two: 16 rows, and 4 names + 2 values in each.
      #expect(lines.count == 17, "\(axis)")
      #expect(lines.allSatisfy { $0.split(separator: ",").count == 6 }, "\(axis)")
    }
  }

  @Test func `long tables are streamed with a header`() {
    let run = CommandRun("compare --model all --precision f16,q4_0 --device all --output csv")
    let lines = run.output.split(separator: "\n")
    #expect(lines.count > 20_000)
    #expect(lines.first?.hasPrefix("model,precision,device,batch,context,") == true)
    #expect(Set(lines.map { $0.split(separator: ",").count }).count <= 3)
  }
}
