extension Document {
  /// The document for a terminal of `width` columns; tables and code are not wrapped.
  public func text(width: Int = 80) -> String {
    blocks.map { $0.text(width: max(20, width)) }.filter { !$0.isEmpty }.joined(separator: "\n")
  }
}

extension Document.Block {
  fileprivate func text(width: Int) -> String {
    switch self {
    case .heading(let title, let level): heading(PlainText.line(title), level)
    case .paragraph(let text): lines(wrapped(text, width: width))
    case .facts(let facts): self.facts(facts, width: width)
    case .table(let grid): grid.text()
    case .code(let code, _): lines(codeLines(code).map { $0.isEmpty ? "" : "    " + $0 })
    case .bullets(let items): items.map { entry("- ", $0, indent: 2, width: width) }.joined()
    case .links(let links):
      links.map { entry("- ", "\($0.title): \($0.summary)", indent: 2, width: width) }.joined()
    case .figure(let chart, _): chart.text(width: width)
    }
  }

  private func heading(_ title: String, _ level: Int) -> String {
    guard level <= 2 else { return title + "\n" }
    let rule = String(repeating: level == 1 ? "=" : "-", count: displayWidth(title))
    return title + "\n" + rule + "\n"
  }

  private func facts(_ facts: [Document.Fact], width: Int) -> String {
    let names = facts.map { PlainText.line($0.name) }
    let longest = names.map(displayWidth).max() ?? 0
    let indent = min(longest, width / 2) + 2
    return zip(names, facts).map { name, fact in
      let padding = String(repeating: " ", count: max(2, indent - displayWidth(name)))
      return entry(name + padding, fact.value, indent: indent, width: width)
    }.joined()
  }

  /// A wrapped text behind `head`, its further lines indented.
  private func entry(_ head: String, _ text: String, indent: Int, width: Int) -> String {
    let wrappedLines = wrapped(text, width: max(10, width - indent))
    let margin = String(repeating: " ", count: indent)
    guard let first = wrappedLines.first else { return String(head.prefix { $0 != " " }) + "\n" }
    return head + first + "\n" + lines(wrappedLines.dropFirst().map { margin + $0 })
  }

  private func lines(_ lines: [String]) -> String {
    lines.map { $0 + "\n" }.joined()
  }
}

/// The lines of a code block, without an empty one at the end.
func codeLines(_ code: String) -> [String] {
  let lines = PlainText.lines(code)
  return lines.last == "" ? lines.dropLast() : lines
}
