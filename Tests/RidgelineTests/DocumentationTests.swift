import CommandLineKit
import Engines
import Foundation
import HardwareProfiles
import Measurement
import Reports
import StrictJSON
import Testing
import TransformerModels

@testable import ridgeline

@Suite struct DocumentationTests {
  /// Parts of a line that reads a file which is not here, writes one, or measures for a while.
  private static let files = [
    ".gguf", ".jsonl", "my-machine.json", "llama-bench.json", ".csv", ".html",
  ]

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

  @Test func `every command line on the pages is understood`() throws {
    var count = 0
    for page in Self.pages {
      for line in try Self.commands(in: page) where !line.contains(/[<$]/) {
        let unquoted = line.replacing(/"[^"]*"/, with: "text").prefix { !">|".contains($0) }
        let words = unquoted.split(separator: " ").dropFirst().map(String.init)
        let command = RidgelineProgram.commands.first { $0.name == words.first }
        #expect(throws: Never.self, "\(page): \(line)") {
          _ = try #require(command).parse(Array(words.dropFirst()))
        }
        count += 1
      }
    }
    #expect(count > 30)
  }

  @Test func `every option that a page names exists`() throws {
    let known = Set(RidgelineProgram.program.commands.flatMap { $0.options.map(\.name) })
    // Those of other programs.
    let others: Set<Substring> = ["--filter", "--static-swift-stdlib"]
    for page in Self.pages {
      for code in try Checkout.text(page).matches(of: /`[^`\n]+`/) {
        for option in code.0.matches(of: /--[a-z][a-z-]+/) where !others.contains(option.0) {
          #expect(known.contains(String(option.0)), "\(page): \(code.0)")
        }
      }
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

  /// Pages whose links are checked: all Markdown but that of the catalogs, whose links DocC checks.
  private static let pages: [String] = {
    let folders = ["docs", "reports"].map { Checkout.root.appending(path: $0).path }
    let names = folders.flatMap { folder in
      ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        .filter { $0.hasSuffix(".md") }.map { "\((folder as NSString).lastPathComponent)/\($0)" }
    }
    return ["README.md", "ARCHITECTURE.md"] + names
  }()

  /// What a heading is called in a link: letters and digits, with hyphens for spaces.
  private static func anchors(in path: String) throws -> Set<String> {
    var isCode = false
    return Set(
      try Checkout.text(path).split(separator: "\n").compactMap { line in
        if line.hasPrefix("```") { isCode.toggle() }
        guard !isCode, line.hasPrefix("#") else { return nil }
        let title = line.drop { $0 == "#" }.drop { $0 == " " }.lowercased()
        return String(
          title.compactMap { character in
            character == " "
              ? "-"
              : character.isLetter || character.isNumber || "-_".contains(character)
                ? character : nil
          })
      })
  }

  @Test func `every link between files leads somewhere`() throws {
    var count = 0
    for page in Self.pages {
      let folder = Checkout.root.appending(path: page).deletingLastPathComponent()
      for match in try Checkout.text(page).matches(of: /\]\(([^)#\s]*)(?:#([^)\s]+))?\)/) {
        let target = String(match.1)
        guard target.firstMatch(of: /^https?:/) == nil else {
          #expect(URL(string: target)?.host?.contains(".") == true, "\(page): \(target)")
          continue
        }
        count += 1
        let path = target.isEmpty ? page : folder.appending(path: target).standardized.path
        #expect(
          target.isEmpty || FileManager.default.fileExists(atPath: path), "\(page): \(target)")
        guard let anchor = match.2, target.isEmpty || target.hasSuffix(".md") else { continue }
        let root = Checkout.root.standardized.path + "/"
        let relative = target.isEmpty ? page : String(path.dropFirst(root.count))
        #expect(try Self.anchors(in: relative).contains(String(anchor)), "\(page): #\(anchor)")
      }
    }
    #expect(count > 30)
  }

  @Test func `every variable of the environment is in the manual and on its page`() throws {
    var names: Set<String> = []
    let sources = Checkout.root.appending(path: "Sources").path
    for file in FileManager.default.enumerator(atPath: sources)?.compactMap({ $0 as? String }) ?? []
    where file.hasSuffix(".swift") {
      for match in try Checkout.text("Sources/\(file)").matches(of: /getenv\("([A-Z_]+)"\)/) {
        names.insert(String(match.1))
      }
    }
    #expect(names == Set(ManualCommand.variables.map(\.name)))
    let page = try Checkout.text("docs/environment.md")
    for name in names { #expect(page.contains("| `\(name)` |"), "\(name)") }
  }

  @Test func `files and folders that the pages name exist`() throws {
    let places = /`((?:Sources|Tests|hardware-profiles|Benchmarks|\.ci|docs|reports)\/[^`\s<>*]+)`/
    for page in Self.pages {
      for match in try Checkout.text(page).matches(of: places) {
        let path = Checkout.root.appending(path: String(match.1)).path
        #expect(FileManager.default.fileExists(atPath: path), "\(page): \(match.1)")
      }
    }
  }

  /// The block of JSON on a page.
  private static func json(on page: String) throws -> Data {
    let parts = try Checkout.text(page).components(separatedBy: "```json\n")
    try #require(parts.count == 2, "\(page)")
    return Data(try #require(parts[1].components(separatedBy: "```").first).utf8)
  }

  @Test func `the examples of files to add are read as they stand`() throws {
    let profile = try StrictJSON.decode(
      HardwareProfile.self, from: try Self.json(on: "docs/add-a-device.md"), file: "device")
    #expect(profile.id == "example-board")
    let model = try ModelCatalog.entry(
      from: try Self.json(on: "docs/add-a-model.md"), file: "model")
    #expect(model.model.parameters == 6_738_415_616)
    let engine = try StrictJSON.decode(
      Engine.self, from: try Self.json(on: "docs/add-an-engine.md"), file: "engine")
    #expect(engine.backends.first?.decode == .fusedDecode)
  }

  @Test func `the code on the pages is that of the sources`() throws {
    let format = try Checkout.text("Sources/QuantizationFormats/Formats/TernaryBlocks.swift")
    let shown = try Checkout.text("docs/add-a-format.md").components(separatedBy: "```swift\n")[1]
      .components(separatedBy: "```")[0]
    for line in shown.split(separator: "\n") {
      #expect(format.contains(line.trimmingCharacters(in: .whitespaces)), "\(line)")
    }
    let list = try Checkout.text("Sources/CKernels/formats.h").filter { $0 != "\\" }
    let row = try Checkout.text("docs/add-a-kernel.md").components(separatedBy: "```c\n")[1]
      .components(separatedBy: "\n")[0]
    #expect(list.contains(row), "\(row)")
  }

  @Test func `the report on published systems is the one that is committed`() throws {
    let committed = try Checkout.text("reports/published-systems.md")
    let written = CommandRun("report published-systems").output
    let remedy: Comment = "ridgeline report published-systems > reports/published-systems.md"
    #expect(written == committed, remedy)
  }

  @Test func `errors of quantization systems are the same whenever they are computed`() throws {
    let shape = QuantizationSystemsReport.LayerShape(outputs: 4, inputs: 256, tokens: 272)
    let report = QuantizationSystemsReport(results: Results(), shape: shape)
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
