/// The text of one row after another, without knowing where the cells come from.
///
/// Not generic over the row type: the unspecialised generic code would look up type metadata for
/// every cell, which cost more than a third of the time of a large table.
struct RowRenderer {
  let format: OutputFormat
  let styles: [(style: QuantityStyle, digits: Int)]
  let headings: [String]
  let keys: [String]
  let layout: TextLayout
  private let jsonKeys: [String]
  private var displayed: [String] = []
  private var rowCount = 0
  private var hasHeader = false

  init(
    format: OutputFormat, styles: [(style: QuantityStyle, digits: Int)], headings: [String],
    keys: [String], layout: TextLayout
  ) {
    self.format = format
    self.styles = styles
    self.headings = headings
    self.keys = keys
    self.layout = layout
    jsonKeys = keys.map { key in
      var text = ""
      appendJSONString(key, to: &text)
      return text + ": "
    }
  }

  mutating func append(_ cells: [Cell], to text: inout String) throws(JSONError) {
    // A row that fails must not count, nor may the header it came with.
    let isFirst = !hasHeader
    appendHeader(to: &text)
    switch format {
    case .text:
      display(cells)
      layout.append(displayed, to: &text)
    case .markdown:
      display(cells)
      MarkdownText.appendRow(displayed, to: &text)
    case .csv: appendCSV(cells, to: &text)
    case .json:
      do throws(JSONError) {
        try appendJSON(cells, to: &text)
      } catch {
        hasHeader = !isFirst
        throw error
      }
    }
    rowCount += 1
  }

  mutating func appendEnd(to text: inout String) {
    appendHeader(to: &text)
    if format == .json { text += rowCount > 0 ? "\n]\n" : "]\n" }
  }

  private mutating func appendHeader(to text: inout String) {
    guard !hasHeader else { return }
    hasHeader = true
    switch format {
    case .text:
      layout.append(headings, to: &text)
      layout.appendRule(to: &text)
    case .markdown:
      MarkdownText.appendRow(headings, to: &text)
      MarkdownText.appendRule(layout.alignments, to: &text)
    case .csv: appendCSV(keys.map(Cell.text), to: &text)
    case .json: text += "["
    }
  }

  private mutating func display(_ cells: [Cell]) {
    displayed.removeAll(keepingCapacity: true)
    for index in cells.indices {
      let (style, digits) = styles[index]
      displayed.append(cells[index].displayText(style, digits: digits))
    }
  }

  private func appendCSV(_ cells: [Cell], to text: inout String) {
    for index in cells.indices {
      if index > 0 { text += "," }
      CSVText.append(cells[index], to: &text)
    }
    text += "\n"
  }

  private func appendJSON(_ cells: [Cell], to text: inout String) throws(JSONError) {
    text += rowCount > 0 ? ",\n  {" : "\n  {"
    var isFirst = true
    for index in cells.indices {
      if case .missing = cells[index] { continue }
      if !isFirst { text += ", " }
      isFirst = false
      text += jsonKeys[index]
      try appendJSON(cells[index], key: keys[index], to: &text)
    }
    text += "}"
  }

  private func appendJSON(
    _ cell: Cell, key: String, to text: inout String
  ) throws(JSONError) {
    switch cell {
    case .text(let value): appendJSONString(value, to: &text)
    case .boolean(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .number(let value):
      guard value.isFinite else { throw .nonFinite(path: "[\(rowCount)].\(key)") }
      appendJSONNumber(value, to: &text)
    case .missing: break
    }
  }
}
