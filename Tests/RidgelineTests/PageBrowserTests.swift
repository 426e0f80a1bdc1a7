import Foundation
import Testing

@Suite(.enabled(if: Browser.path != nil, Comment(rawValue: Browser.isMissing)), .serialized)
struct PageBrowserTests {
  /// Families that differ in what the equations do with them: caches that fade, experts, latents,
  /// windows, formats with and without engines, devices without rates.
  private static let questions: [[String: String]] = [
    ["llama-2-7b", "q4_0", "nvidia-a100-80gb-pcie", "1", "512", "128", ""],
    ["llama-3-8b", "q4_k_m", "apple-m2-max-38-core-gpu", "7", "1000", "33", ""],
    ["mixtral-8x7b", "q4_k_m", "nvidia-rtx-4090", "3", "100", "1", ""],
    ["deepseek-v3", "fp8", "nvidia-h100-80gb-sxm", "16", "2048", "256", ""],
    ["gemma-3-4b", "q8_0", "raspberry-pi-5", "1", "4096", "64", ""],
    ["smollm2-135m", "q4_0", "amd-epyc-9654", "1", "128", "128", ""],
    ["opt-66b", "smoothquant-o3", "nvidia-a100-80gb-pcie", "8", "512", "128", ""],
    ["llama-2-7b", "nf4", "nvidia-rtx-4090", "1", "0", "128", ""],
    ["falcon-40b", "w4a8kv4", "nvidia-t4", "2", "512", "0", ""],
    ["llama-2-70b", "f16", "intel-xeon-platinum-8480plus", "1", "512", "128", "3000"],
  ].map { values in
    let names = ["model", "precision", "device", "batch", "prompt", "generate", "context"]
    return Dictionary(uniqueKeysWithValues: zip(names, values))
  }

  private static let fragment =
    "model=llama-2-7b&precision=q4_0&device=nvidia-rtx-4090&batch=3&filter=q4"

  /// The page of everything with the driver and what `predict` says at its end.
  private static func drivenPage(
    _ words: [String], questions: [[String: String]], in directory: ScratchDirectory
  ) throws -> String {
    let path = directory.url.appending(path: "page.html").path
    let run = CommandRun(["report", "--html", path] + words)
    #expect(run.exitCode == 0, "\(run.errors)")
    let expectations = try questions.map { question -> [String: Any] in
      var words = ["predict", "--output", "json"]
      for (name, value) in question where !value.isEmpty { words += ["--\(name)", value] }
      return ["question": question, "answer": try CommandRun(words).json()]
    }
    let json = String(
      decoding: try JSONSerialization.data(withJSONObject: expectations), as: UTF8.self)
    let driver = try Checkout.text("Tests/RidgelineTests/Browser/driver.js")
    let page = try String(contentsOfFile: path, encoding: .utf8).replacing(
      "</body>",
      with: """
        <script type="application/json" id="expectations">\(json)</script>
        <script>\(driver)</script></body>
        """)
    return try directory.file("driven.html", page)
  }

  private struct Report: Decodable {
    struct Result: Decodable {
      let name: String
      let isTrue: Bool
      let detail: String
    }
    let results: [Result]
    let timings: [String: Double]
  }

  private static func report(of visit: Browser.Visit) throws -> Report {
    let text = try #require(
      visit.document.firstMatch(of: /<pre id="report">(.*?)<\/pre>/.dotMatchesNewlines()),
      "the driver did not run: \(visit.errors.suffix(2000))"
    ).output.1
    let json = text.replacing("&lt;", with: "<").replacing("&gt;", with: ">")
      .replacing("&amp;", with: "&")
    return try JSONDecoder().decode(Report.self, from: Data(String(json).utf8))
  }

  @Test func `the page computes what predict prints and does what its controls say`() async throws {
    let directory = try ScratchDirectory()
    let page = try Self.drivenPage([], questions: Self.questions, in: directory)
    let visit = try await Browser.open(page, fragment: Self.fragment, in: directory)
    let report = try Self.report(of: visit)
    #expect(report.results.count > 200)
    for result in report.results {
      #expect(result.isTrue, "\(result.name): \(result.detail)")
    }
    #expect(!visit.errors.contains("CONSOLE"), "\(visit.errors.suffix(2000))")
    let timings = report.timings.sorted { $0.key < $1.key }
    print(
      "page: "
        + timings.map { "\($0.key) \(($0.value * 10).rounded() / 10)" }
        .joined(separator: ", ") + " (ms, and rows)")
  }

  @Test func `a hostile profile stays text in the page`() async throws {
    let directory = try ScratchDirectory()
    let name = "</script><script>window.hacked = 1</script><img src=x onerror=hacked=1>"
    let profile = try Checkout.text("hardware-profiles/nvidia/nvidia-rtx-4090.json")
      .replacing("\"name\": \"NVIDIA GeForce RTX 4090\"", with: "\"name\": \"\(name)\"")
    #expect(profile.contains(name))
    let path = try directory.file("hostile.json", profile)
    let page = try Self.drivenPage(
      [
        "--device", "\(path),apple-m2-8-core-gpu,apple-m2-10-core-gpu", "--model",
        "llama-2-7b,llama-3-8b", "--precision", "f16,q4_0",
      ], questions: [], in: directory)
    let visit = try await Browser.open(
      page, fragment: "model=llama-2-7b&precision=q4_0&device=nvidia-rtx-4090&batch=3",
      in: directory)
    let report = try Self.report(of: visit)
    for result in report.results {
      #expect(result.isTrue, "\(result.name): \(result.detail)")
    }
    #expect(visit.document.contains("&lt;/script&gt;&lt;script&gt;window.hacked = 1"))
  }

  private static let axe = ProcessInfo.processInfo.environment["RIDGELINE_AXE"]

  @Test(
    .enabled(if: axe != nil, "no axe-core; RIDGELINE_AXE is the path of axe.min.js"),
    arguments: [false, true])
  func `axe finds nothing that keeps people out, light or dark`(isDark: Bool) async throws {
    let directory = try ScratchDirectory()
    let path = directory.url.appending(path: "page.html").path
    let words = ["--model", "llama-2-7b,llama-3-8b", "--device", "nvidia-rtx-4090,nvidia-l4"]
    #expect(CommandRun(["report", "--html", path] + words).exitCode == 0)
    let checker = try String(contentsOfFile: try #require(Self.axe), encoding: .utf8)
    let page = try String(contentsOfFile: path, encoding: .utf8).replacing(
      "</body>",
      with: """
        <script>\(checker)</script>
        <script>\(try Checkout.text("Tests/RidgelineTests/Browser/accessibility.js"))</script></body>
        """)
    let visit = try await Browser.open(
      try directory.file("checked.html", page), fragment: "", budget: 30_000, isDark: isDark,
      in: directory)
    let report = try Self.report(of: visit)
    for result in report.results {
      #expect(result.isTrue, "\(result.name): \(result.detail)")
    }
    #expect(report.timings["rules"] ?? 0 > 20)
  }
}
