import CommandLineKit
import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@testable import ridgeline

@Suite struct ChartCommandTests {
  private static let question =
    "predict --model llama-2-7b --precision q4_0 --device nvidia-a100-80gb-pcie"

  @Test func `predict draws the roofline of every operation`() throws {
    let folder = try ScratchDirectory()
    let path = folder.url.appending(path: "roofline.svg").path
    let run = CommandRun(Self.question + " --roofline " + path)
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.output == CommandRun(Self.question).output)
    let svg = try String(contentsOfFile: path, encoding: .utf8)
    #expect(XMLParser(data: Data(svg.utf8)).parse())
    for word in ["1.935 TB/s HBM2e", "decode, expected", "prefill, output_head", "ridge at 322"] {
      #expect(svg.contains(word), "\(word)")
    }
    #expect(!svg.lowercased().contains("nan"))
  }

  @Test func `a path that cannot be written is named`() {
    let run = CommandRun(Self.question + " --roofline /nowhere/at/all.svg")
    #expect(run.exitCode == 1)
    #expect(run.errors.contains("--roofline /nowhere/at/all.svg"))
  }

  @Test func `charts follow the text, coloured only on a terminal`() {
    for isTerminal in [false, true] {
      let console = Console.captured(width: 80, isTerminal: isTerminal)
      let words = (Self.question + " --charts").split(separator: " ").map(String.init)
      #expect(RidgelineProgram.program.run(words, on: console) == 0)
      let output = console.standardOutput.captured
      #expect(output.contains("operations per byte") && output.contains("┃ capacity"))
      #expect(output.contains("\u{1b}[") == isTerminal)
    }
  }

  @Test(arguments: [("--batch 1,8", "predictions"), ("--batch 1,4,16,64", "over batch")])
  func `compare draws bars, or lines over a sweep`(option: String, words: String) throws {
    let folder = try ScratchDirectory()
    let path = folder.url.appending(path: "compare.svg").path
    let run = CommandRun(
      "compare --model llama-2-7b --precision f16,q4_0 --device nvidia-l4,nvidia-t4 \(option)"
        + " --value decode-expected --svg \(path)")
    #expect(run.exitCode == 0, "\(run.errors)")
    let svg = try String(contentsOfFile: path, encoding: .utf8)
    #expect(XMLParser(data: Data(svg.utf8)).parse())
    #expect(svg.contains(words))
  }

  @Test func `more bars than anybody reads are refused`() {
    let run = CommandRun(
      "compare --model llama-2-7b --precision f16 --device all --svg /tmp/never.svg")
    #expect(run.exitCode == 2)
    #expect(run.errors.contains("too many"))
  }
}
