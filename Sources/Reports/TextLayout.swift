/// Places cells in columns of known width, two spaces apart, without spaces at a line's end.
struct TextLayout {
  let widths: [Int]
  let alignments: [Alignment]

  func append(_ cells: [String], to text: inout String) {
    var owedSpaces = 0
    for index in cells.indices {
      let cell = cells[index]
      if index > 0 { owedSpaces += 2 }
      let padding = max(0, widths[index] - displayWidth(cell))
      if alignments[index] == .right { owedSpaces += padding }
      if !cell.isEmpty {
        appendSpaces(owedSpaces, to: &text)
        text += cell
        owedSpaces = 0
      }
      if alignments[index] == .left { owedSpaces += padding }
    }
    text += "\n"
  }

  /// The line between the headings and the rows.
  func appendRule(to text: inout String) {
    append(widths.map { String(repeating: "-", count: $0) }, to: &text)
  }

  private func appendSpaces(_ count: Int, to text: inout String) {
    if count > 0 { text += String(repeating: " ", count: count) }
  }
}
