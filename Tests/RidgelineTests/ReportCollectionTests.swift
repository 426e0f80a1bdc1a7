import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@testable import ridgeline

@Suite struct ReportCollectionTests {
  private static let folder = Checkout.root.appending(path: "reports")

  private static func names(_ suffix: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(suffix) }.sorted()
  }

  @Test func `every link and picture of the committed reports is there`() throws {
    var targets = 0
    for name in try Self.names(".md") {
      for match in try Checkout.text("reports/\(name)").matches(of: /\]\(([^)#:]+)\)/) {
        targets += 1
        let path = Self.folder.appending(path: String(match.output.1)).path
        #expect(FileManager.default.fileExists(atPath: path), "\(name): \(match.output.1)")
      }
    }
    #expect(targets > 15)
  }

  @Test func `the index names every report`() throws {
    let index = try Checkout.text("reports/README.md")
    for name in try Self.names(".md") where name != "README.md" {
      #expect(index.contains("](\(name))"), "\(name); ridgeline report --all reports")
    }
    #expect(
      ReportCollection.files.map(\.name).count == Set(ReportCollection.files.map(\.name)).count)
    for file in ReportCollection.files {
      #expect(FileManager.default.fileExists(atPath: Self.folder.appending(path: file.name).path))
    }
  }

  @Test func `committed pictures are XML with finite coordinates`() throws {
    let names = try Self.names(".svg")
    #expect(names.count >= 8)
    for name in names {
      let svg = try Checkout.text("reports/\(name)")
      #expect(XMLParser(data: Data(svg.utf8)).parse(), "\(name)")
      #expect(!svg.contains("\"nan\"") && !svg.contains("\"inf\""), "\(name)")
    }
  }

  @Test func `a table of the collection says what predict says`() throws {
    let table = try Checkout.text("reports/memory.md")
    let json = try CommandRun(
      "predict --model llama-3-8b --precision q8_0 --device nvidia-rtx-4090 --prompt 3968"
        + " --output json"
    ).json()
    let memory = try #require(json["memory"] as? [String: Any])
    let total = try #require(memory["total_bytes"] as? Double)
    let row = try #require(table.split(separator: "\n").first { $0.hasPrefix("| llama-3-8b |") })
    let heading = try #require(table.split(separator: "\n").first { $0.hasPrefix("| model |") })
    let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    let place = heading.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      .firstIndex(of: "q8_0")
    let shown = try #require(place.flatMap { Double(cells[$0]) })
    #expect(abs(shown / (total / 1e9) - 1) < 0.005)
  }

  @Test func `a directory that is not there is named`() {
    let run = CommandRun("report --all /nowhere/at/all")
    #expect(run.exitCode == 1)
    #expect(run.errors.contains("/nowhere/at/all"))
    #expect(CommandRun("report --all reports accuracy").exitCode == 2)
    #expect(CommandRun("report").exitCode == 2)
  }
}
