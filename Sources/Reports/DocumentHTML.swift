extension Document {
  /// The document as HTML elements, without a frame around them.
  public func html() -> String {
    var figures = 0
    return blocks.map { block in
      if case .figure = block { figures += 1 }
      return block.html(figure: figures)
    }.joined()
  }
}

extension Document.Block {
  /// The block as an element; `figure` numbers charts, whose identifiers must differ.
  fileprivate func html(figure: Int) -> String {
    switch self {
    case .heading(let title, let level):
      Self.element("h\(max(1, min(level, 6)))", MarkupText.escaped(title))
    case .paragraph(let text): Self.element("p", MarkupText.escaped(text))
    case .facts(let facts):
      "<dl>\n"
        + facts.map {
          Self.element("dt", MarkupText.escaped($0.name))
            + Self.element("dd", MarkupText.escaped($0.value))
        }.joined() + "</dl>\n"
    case .table(let grid): grid.html()
    case .code(let code, _):
      "<pre>" + MarkupText.escapedLines(codeLines(code).joined(separator: "\n")) + "</pre>\n"
    case .bullets(let items):
      "<ul>\n" + items.map { Self.element("li", MarkupText.escaped($0)) }.joined() + "</ul>\n"
    case .links(let links):
      "<ul>\n"
        + links.map { link in
          let anchor = "<a href=\"\(MarkupText.escaped(MarkdownText.target(link.target)))\">"
          return Self.element(
            "li",
            "\(anchor)\(MarkupText.escaped(link.title))</a>: \(MarkupText.escaped(link.summary))")
        }.joined() + "</ul>\n"
    case .figure(let chart, _):
      "<figure>\n" + chart.svg(identifier: "figure-\(figure)") + "</figure>\n"
    }
  }

  private static func element(_ name: String, _ content: String) -> String {
    "<\(name)>\(content)</\(name)>\n"
  }
}

extension TableGrid {
  /// The table as an HTML element; the best cells are strong.
  public func html() -> String {
    func cell(_ name: String, _ text: String, _ column: Int) -> String {
      let side = alignments[column] == .right ? " class=\"number\"" : ""
      return "<\(name)\(side)>\(text)</\(name)>"
    }
    var text = "<table>\n<thead><tr>"
    for (column, heading) in headings.enumerated() {
      text += cell("th", MarkupText.escaped(heading), column)
    }
    text += "</tr></thead>\n<tbody>\n"
    for (index, row) in rows.enumerated() {
      text += "<tr>"
      for (column, value) in row.enumerated() {
        let isBest = best.contains(Place(row: index, column: column))
        let content = MarkupText.escaped(value)
        text += cell("td", isBest ? "<strong>\(content)</strong>" : content, column)
      }
      text += "</tr>\n"
    }
    return text + "</tbody>\n</table>\n"
  }
}
