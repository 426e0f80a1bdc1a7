import Foundation
import Testing

@testable import ridgeline

@Suite struct ExpectedSpeedCommandTests {
  private static let question = "predict --model llama-2-7b --precision q4_0"

  @Test func `predict gives an expected speed with its interval and what it rests on`() throws {
    let json = try CommandRun("\(Self.question) --device apple-m2-pro-16-core-gpu --output json")
      .json()
    let decode = try #require(json["decode"] as? [String: Any])
    let expected = try #require(decode["expected"] as? [String: Any])
    let bound = try #require(decode["bound"] as? [String: Any])
    let speed = try #require(expected["tokens_per_second"] as? Double)
    let low = try #require(expected["low"] as? Double)
    let high = try #require(expected["high"] as? Double)
    #expect(low < speed && speed < high)
    #expect(high <= (bound["tokens_per_second"] as? Double ?? 0))
    #expect(json["engine"] as? String == "llama.cpp")
    let basis = try #require(expected["fitted_on"] as? [String: Any])
    #expect((basis["rows"] as? Int ?? 0) > 100)
  }

  @Test func `engine roofline gives none`() throws {
    let run = CommandRun(
      "\(Self.question) --device apple-m2-pro-16-core-gpu --engine roofline --output json")
    let decode = try #require(try run.json()["decode"] as? [String: Any])
    #expect(decode["expected"] == nil)
  }

  @Test func `an older build is expected slower where it was`() throws {
    func speed(_ engine: String) throws -> Double {
      let run = CommandRun(
        "predict --model llama-2-7b --precision q4_0 --device nvidia-rtx-4090 --engine \(engine)"
          + " --output json")
      let decode = try #require(try run.json()["decode"] as? [String: Any])
      let expected = try #require(decode["expected"] as? [String: Any])
      return try #require(expected["tokens_per_second"] as? Double)
    }
    #expect(try speed("llama.cpp@2024-05") < speed("llama.cpp"))
  }

  @Test(arguments: [
    ("--engine llama.cp", "llama.cpp"), ("--engine llama.cpp@may", "YYYY-MM"),
    ("--engine vllm", "back end"), ("--measured q4_0:61.2", "q4_0:512:61.2"),
    ("--measured q4_0:512:61.2 --engine roofline", "roofline"),
  ])
  func `mistakes are named with a remedy`(options: String, remedy: String) {
    let run = CommandRun("\(Self.question) --device raspberry-pi-5 \(options)")
    #expect(run.exitCode == 2)
    #expect(run.errors.contains(remedy), "\(run.errors)")
  }

  @Test func `a measurement of one's own narrows the interval`() throws {
    func width(_ options: String) throws -> Double {
      let run = CommandRun(
        "\(Self.question) --device apple-m2-pro-16-core-gpu --output json \(options)")
      let decode = try #require(try run.json()["decode"] as? [String: Any])
      let expected = try #require(decode["expected"] as? [String: Any])
      let low = try #require(expected["low"] as? Double)
      return (try #require(expected["high"] as? Double)) / low
    }
    #expect(try width("--measured q8_0:64:22.7,f16:64:12.5") < width(""))
  }

  @Test func `compare shows what is expected`() {
    let run = CommandRun(
      "compare --model llama-2-7b --precision q4_0 --device nvidia-rtx-4090 --output csv")
    #expect(run.output.contains("decode_expected_tokens_per_second"))
  }

  @Test func `errors of devices left out are inside the gate and the bound holds`() throws {
    let validation = try ValidatePublished()
    #expect(validation.beyondBound.isEmpty)
    #expect(validation.gateFailures.isEmpty, "\(validation.gateFailures)")
    for name in ValidatePublished.gates.keys {
      #expect(validation.headlines.contains { $0.name == name }, "\(name)")
    }
  }

  @Test func `the report on accuracy and its plots are those that are committed`() throws {
    for (report, file) in [
      ("accuracy", "accuracy.md"), ("accuracy-decode-plot", "accuracy-decode.svg"),
      ("accuracy-prefill-plot", "accuracy-prefill.svg"),
    ] {
      let committed = try Checkout.text("reports/\(file)")
      let written = CommandRun("report \(report)").output
      #expect(written == committed, "ridgeline report \(report) > reports/\(file)")
    }
  }
}
