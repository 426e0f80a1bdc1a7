import Foundation
import Testing

@testable import Reports

@Suite("Hostile text")
struct HostileTextTests {
  let table = Sample.hostileTable

  @Test("CSV keeps its field count and its texts")
  func csv() throws {
    let records = try readCSV(table.text(as: .csv))
    #expect(records.count == Sample.hostileNames.count + 1)
    for (record, name) in zip(records.dropFirst(), Sample.hostileNames) {
      #expect(record.count == 5)
      let isFormula = name.unicodeScalars.first.map { "=+-@\t\r\n".unicodeScalars.contains($0) }
      #expect(record.first == (isFormula == true ? "'" + name : name))
    }
  }

  @Test(
    "CSV quotes what must be quoted and disarms formulas, numbers excepted",
    arguments: [
      (.text("plain"), "plain"), (.text("a,b"), "\"a,b\""), (.text("a\"b"), "\"a\"\"b\""),
      (.text("a\r\nb"), "\"a\r\nb\""), (.text("=1+1"), "'=1+1"), (.text("@x,"), "\"'@x,\""),
      (.text(""), "\"\""), (.missing, ""), (.number(-1.5), "-1.5"), (.integer(-1), "-1"),
      (.boolean(true), "true"),
    ] as [(Cell, String)])
  func csvCells(cell: Cell, expected: String) {
    var text = ""
    CSVText.append(cell, to: &text)
    #expect(text == expected)
  }

  @Test("JSON returns every text unchanged")
  func json() throws {
    let value = try JSONSerialization.jsonObject(with: Data(table.text(as: .json).utf8))
    let rows = try #require(value as? [[String: Any]])
    #expect(rows.map { $0["model"] as? String } == Sample.hostileNames)
  }

  @Test("A row is one line in text and Markdown", arguments: [OutputFormat.text, .markdown])
  func oneLine(format: OutputFormat) throws {
    let text = try table.text(as: format)
    let ends = text.unicodeScalars.count {
      "\n\r\u{2028}\u{2029}\u{85}".unicodeScalars.contains($0)
    }
    #expect(ends == Sample.hostileNames.count + 2)
    #expect(!text.unicodeScalars.contains("\u{1b}"))
    #expect(!text.unicodeScalars.contains("\u{202e}"))
    #expect(!text.unicodeScalars.contains("\u{0}"))
  }

  @Test("Text columns line up whatever the characters")
  func aligned() throws {
    let lines = try table.text(as: .text).split(separator: "\n").dropFirst()
    // Every row ends in "yes", one column less than its heading's rule.
    let ruleWidth = displayWidth(String(lines.first ?? ""))
    for line in lines.dropFirst() {
      #expect(displayWidth(String(line)) == ruleWidth - 1, "\(line)")
    }
  }

  @Test("Markdown has as many cells in every row, however it reads the escapes")
  func markdownCells() throws {
    for line in try table.text(as: .markdown).split(separator: "\n") {
      var pipes = 0
      var isEscaped = false
      for scalar in line.unicodeScalars {
        if scalar == "|", !isEscaped { pipes += 1 }
        isEscaped = scalar == "\\" && !isEscaped
      }
      #expect(pipes == 6, "\(line)")
    }
  }

  @Test(
    "Markdown shows markup as text",
    arguments: [
      ("a|b", "a\\|b"), ("a\nb", "a b"), ("<b>&", "&lt;b>&amp;"), ("*a*", "\\*a\\*"),
      ("q4_k_m", "q4_k_m"),
      ("_a_", "\\_a\\_"), ("a_ b", "a\\_ b"), ("`x`", "\\`x\\`"), ("[a](b)", "\\[a\\](b)"),
      ("\\", "\\\\"), ("~~a~~", "\\~\\~a\\~\\~"), ("日_本", "日_本"), ("|\u{301}", "\\|\u{301}"),
    ])
  func markdownEscapes(text: String, expected: String) {
    #expect(MarkdownText.inline(text) == expected)
  }

  @Test(
    "Markdown keeps a paragraph from becoming something else",
    arguments: [
      ("# a", "\\# a"), ("- a", "\\- a"), ("+ a", "\\+ a"), ("1. a", "1\\. a"),
      ("12) a", "12\\) a"),
      ("> a", "\\> a"), ("---", "\\---"), ("1 a", "1 a"), ("", ""), ("* a", "\\* a"),
    ])
  func markdownLines(text: String, expected: String) {
    #expect(MarkdownText.line(text) == expected)
  }
}
