import Foundation
import Testing

@Suite struct PageTests {
  private static func page(_ line: String) throws -> String {
    let directory = try ScratchDirectory()
    let path = directory.url.appending(path: "page.html").path
    let run = CommandRun(line + " --html " + path)
    #expect(run.exitCode == 0, "\(run.errors)")
    return try String(contentsOfFile: path, encoding: .utf8)
  }

  private static func data(of page: String) throws -> [String: Any] {
    let pattern = /<script type="application\/json" id="data">(.*?)<\/script>/.dotMatchesNewlines()
    let json = try #require(page.firstMatch(of: pattern)).output.1
    #expect(!json.contains("<"))
    return try #require(
      try JSONSerialization.jsonObject(with: Data(String(json).utf8)) as? [String: Any])
  }

  @Test func `everything fits a megabyte and asks for nothing else`() throws {
    let page = try Self.page("report")
    #expect(page.utf8.count < 1_000_000)
    let data = try Self.data(of: page)
    let counts = ["models", "precisions", "devices"].map { (data[$0] as? [Any])?.count ?? 0 }
    #expect(counts[0] >= 100 && counts[1] >= 20 && counts[2] >= 100)
    // The name space of SVG is the only address.
    let addresses = page.matches(of: /https?:\/\/[^"'\s<)]+/).map { String($0.output) }
    #expect(Set(addresses) == ["http://www.w3.org/2000/svg"])
    #expect(page.contains("default-src 'none'"))
    #expect(!page.contains("<!--"))
  }

  @Test func `a comparison makes a page of what was compared`() throws {
    let page = try Self.page(
      "compare --model llama-2-7b,opt-13b --precision f16,q4_0 --device nvidia-t4,nvidia-l4"
        + " --batch 4 --prompt 100")
    let data = try Self.data(of: page)
    let ids = ["models", "precisions", "devices"].map { axis in
      (data[axis] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String }
    }
    #expect(ids == [["llama-2-7b", "opt-13b"], ["f16", "q4_0"], ["nvidia-t4", "nvidia-l4"]])
    let workload = data["workload"] as? [String: Int]
    #expect(workload?["batch"] == 4 && workload?["prompt"] == 100)
  }

  @Test func `readers without scripts see the verdict and its charts`() throws {
    let page = try Self.page(
      "report --model llama-2-7b --precision q4_0 --device nvidia-a100-80gb-pcie")
    let pattern = /<noscript>(.*?)<\/noscript>/.dotMatchesNewlines()
    let still = try #require(page.firstMatch(of: pattern)).output.1
    #expect(still.contains("Memory bound; fits with 81.7 GB to spare; at most 477 tokens/s"))
    #expect(still.split(separator: "<svg").count == 3)
  }

  @Test func `mistakes are named`() {
    let unknown = CommandRun("report --html /tmp/never.html --model no-such-model")
    #expect(unknown.exitCode == 2 && unknown.errors.contains("no-such-model"))
    let unwritable = CommandRun(
      "report --html /nowhere/page.html --model llama-2-7b --device nvidia-t4")
    #expect(unwritable.exitCode == 1 && unwritable.errors.contains("/nowhere/page.html"))
    let both = CommandRun("report accuracy --html /tmp/never.html")
    #expect(both.exitCode == 2)
  }
}
