extension Document {
  /// The document in GitHub-flavoured Markdown, one line per paragraph.
  public func markdown() -> String {
    blocks.map(\.markdown).filter { !$0.isEmpty }.joined(separator: "\n")
  }
}

extension Document.Block {
  fileprivate var markdown: String {
    switch self {
    case .heading(let title, let level):
      String(repeating: "#", count: max(1, min(level, 6))) + " " + MarkdownText.inline(title) + "\n"
    case .paragraph(let text): paragraph(text)
    case .facts(let facts): facts.map(item).joined()
    case .table(let grid): grid.markdown()
    case .code(let code, let language):
      MarkdownText.codeBlock(codeLines(code).joined(separator: "\n"), language: language)
    case .bullets(let items): items.map { "- " + MarkdownText.line($0) + "\n" }.joined()
    case .links(let links): links.map(item).joined()
    case .figure(let chart, let file):
      "![\(MarkdownText.inline(chart.title))](\(MarkdownText.target(file)))\n"
    }
  }

  private func paragraph(_ text: String) -> String {
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return words.isEmpty ? "" : MarkdownText.line(words) + "\n"
  }

  private func item(_ link: Document.Link) -> String {
    "- [\(MarkdownText.inline(link.title))](\(MarkdownText.target(link.target))):"
      + " \(MarkdownText.inline(link.summary))\n"
  }

  private func item(_ fact: Document.Fact) -> String {
    "- **\(MarkdownText.inline(fact.name)):** \(MarkdownText.inline(fact.value))\n"
  }
}
