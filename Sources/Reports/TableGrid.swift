/// A table reduced to what people see: headings, alignments and finished cells.
///
/// The form in which tables of different row types stand side by side in a `Document`.
public struct TableGrid: Equatable, Sendable {
  /// A cell by its row and column.
  public struct Place: Hashable, Sendable {
    /// Counted from 0 below the headings.
    public let row: Int
    /// Counted from 0.
    public let column: Int
  }

  /// One heading per column, unit included.
  public let headings: [String]

  /// One alignment per column.
  public let alignments: [Alignment]

  /// The rows, each with one finished cell per column, not yet escaped for any format.
  public let rows: [[String]]

  /// Cells to set off: in bold, which plain text does not show.
  public let best: Set<Place>

  init(
    headings: [String], alignments: [Alignment], rows: [[String]], best: Set<Place> = []
  ) {
    self.headings = headings
    self.alignments = alignments
    self.rows = rows
    self.best = best
  }

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
    for (index, row) in rows.enumerated() {
      let bold = row.indices.filter { best.contains(Place(row: index, column: $0)) }
      MarkdownText.appendRow(row, bold: bold, to: &text)
    }
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
