import Testing

@testable import Reports

@Suite struct DocumentHTMLTests {
  private static let document = Document([
    .heading("Verdict", level: 1), .paragraph("It fits."),
    .facts([.init("weights", "4 GB"), .init("engine", nil)]),
    .table(
      Table<(String, Double?)>(
        columns: [
          .text("Name", key: "name") { $0.0 },
          .number("Speed", key: "speed", style: .fixed("tokens/s", per: 1), best: .highest) {
            $0.1
          },
        ], rows: [("a", 12.5), ("b", 100), ("c", nil)]
      ).grid),
    .bullets(["one", "two"]), .code("ridgeline predict\n  --help", language: "sh"),
    .links([.init("memory.md", target: "a b/memory.md", summary: "memory by precision")]),
    .figure(ChartSample.memory, file: "memory.svg"),
  ])

  @Test func `every block has its element`() throws {
    try expectGolden(Self.document.html(), "document.html")
    try expectGolden(Self.document.markdown(), "document.md")
    try expectGolden(Self.document.text(width: 60), "document.txt")
    #expect(xmlProblem("<body>\(Self.document.html())</body>") == nil)
  }

  @Test(arguments: Sample.hostileNames)
  func `text stays text`(name: String) {
    let document = Document([
      .heading(name, level: 2), .paragraph(name), .facts([.init(name, name)]), .bullets([name]),
      .links([.init(name, target: name, summary: name)]),
      .table(Table<String>(columns: [.text(name, key: "k") { $0 }], rows: [name]).grid),
      .code(name, language: "sh"), .figure(ChartSample.named(name)[1], file: name),
    ])
    let html = "<body>\(document.html())</body>"
    #expect(xmlProblem(html) == nil, "\(html)")
    #expect(!html.contains("<script"))
    let target = document.markdown().firstMatch(of: /\]\(([^)]*)\)\n?$/)?.output.1
    #expect(
      target?.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "%.-_/".contains($0)) }
        == true)
  }
}
