/// A table reduced to what people see: headings, alignments and finished cells.
///
/// The form in which tables of different row types stand side by side in a `Document`.
public struct TableGrid: Equatable, Sendable {
  /// One heading per column, unit included.
  public let headings: [String]

  /// One alignment per column.
  public let alignments: [Alignment]

  /// The rows, each with one finished cell per column, not yet escaped for any format.
  public let rows: [[String]]

  /// The table in aligned columns, as wide as its cells.
  public func text() -> String {
    let layout = TextLayout(widths: widths, alignments: alignments)
    var text = ""
    layout.append(headings, to: &text)
    layout.appendRule(to: &text)
    for row in rows { layout.append(row, to: &text) }
    return text
  }

  /// The table in GitHub-flavoured Markdown.
  public func markdown() -> String {
    var text = ""
    MarkdownText.appendRow(headings, to: &text)
    MarkdownText.appendRule(alignments, to: &text)
    for row in rows { MarkdownText.appendRow(row, to: &text) }
    return text
  }

  private var widths: [Int] {
    var widths = headings.map(displayWidth)
    for row in rows {
      for (index, cell) in row.enumerated() {
        widths[index] = max(widths[index], displayWidth(cell))
      }
    }
    return widths
  }
}
