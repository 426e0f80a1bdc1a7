import CommandLineKit
import Foundation
import Reports
import Testing

@testable import ridgeline

@Suite struct DocumentationTests {
  /// Parts of a line that reads a file which is not here, or measures for a while.
  private static let files = [".gguf", ".jsonl", "my-machine.json", "llama-bench.json", ".csv"]

  /// The `ridgeline` command lines in the fenced blocks of a Markdown file.
  private static func commands(in path: String) throws -> [String] {
    var isCode = false
    return try Checkout.text(path).split(separator: "\n").compactMap { line in
      if line.hasPrefix("```") { isCode.toggle() }
      guard isCode, let range = line.range(of: "ridgeline ") else { return nil }
      let isCommand = line.hasPrefix("ridgeline ") || line.hasPrefix("swift run -c release ")
      return isCommand ? String(line[range.lowerBound...]) : nil
    }
  }

  @Test func `every command in the README runs`() throws {
    let commands = try Self.commands(in: "README.md")
    #expect(commands.count >= 5)
    for command in commands
    where !command.contains("<") && !Self.files.contains(where: command.contains) {
      let run = CommandRun(command)
      #expect(run.exitCode == 0, "\(command): \(run.errors)")
    }
  }

  @Test func `the README shows what its first command prints`() throws {
    let readme = try Checkout.text("README.md")
    let command = try #require(try Self.commands(in: "README.md").first)
    let words = command.split(separator: " ").dropFirst().map(String.init)
    let output = CommandRun(words, width: 80).output
    #expect(readme.contains(output), "paste the output of '\(command)' at 80 columns")
  }

  @Test func `every example in the help runs, except those that need a file`() {
    for command in RidgelineProgram.program.commands {
      #expect(!command.examples.isEmpty, "\(command.name)")
      for example in command.examples
      where !Self.files.contains(where: example.commandLine.contains) {
        let run = CommandRun(example.commandLine)
        #expect(run.exitCode == 0, "\(example.commandLine): \(run.errors)")
      }
    }
  }

  @Test func `the report on the article is the one that is committed`() throws {
    let committed = try Checkout.text("reports/llama-cpp-article.md")
    let written = CommandRun("report llama-cpp-article").output
    let remedy: Comment = "ridgeline report llama-cpp-article > reports/llama-cpp-article.md"
    #expect(written == committed, remedy)
  }

  @Test func `the report on published systems is the one that is committed`() throws {
    let committed = try Checkout.text("reports/published-systems.md")
    let written = CommandRun("report published-systems").output
    let remedy: Comment = "ridgeline report published-systems > reports/published-systems.md"
    #expect(written == committed, remedy)
  }

  @Test func `errors of quantization systems are the same whenever they are computed`() throws {
    let shape = QuantizationSystemsReport.LayerShape(outputs: 4, inputs: 256, tokens: 272)
    let report = QuantizationSystemsReport(results: [], shape: shape)
    let text = try report.document.markdown()
    #expect(try report.document.markdown() == text)
    #expect(text.contains("GPTQ 3-bit g128, act-order"))
  }

  @Test func `no file names the machine it was written on`() throws {
    for path in ["README.md", "ARCHITECTURE.md", "reports/llama-cpp-article.md"] {
      #expect(try !Checkout.text(path).contains("/work/"), "\(path)")
    }
  }
}
