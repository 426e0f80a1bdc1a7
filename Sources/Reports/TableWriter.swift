/// Writes a table row by row in constant memory, in any format.
///
///     var writer = TableWriter(columns: columns, format: .csv)
///     for row in rows { try writer.write(row, to: &output) }
///     writer.finish(&output)
///
/// Aligned text takes its widths from `Column.streamedWidth` and the headings, since the cells are
/// not known yet; a longer cell pushes the rest of its line. JSON puts one row on a line.
public struct TableWriter<Row> {
  private let values: [(Row) -> Cell]
  private var renderer: RowRenderer
  private var cells: [Cell] = []
  private var line = ""

  /// A writer that has not written anything yet; the keys of the columns must differ.
  public init(columns: [Column<Row>], format: OutputFormat) {
    let keys = columns.map(\.key)
    precondition(Set(keys).count == keys.count, "column keys repeat: \(keys)")
    values = columns.map(\.value)
    renderer = RowRenderer(
      format: format,
      styles: columns.map { ($0.style, $0.digits) },
      headings: columns.map(\.heading), keys: keys,
      layout: TextLayout(
        widths: columns.map { max($0.streamedWidth, displayWidth($0.heading)) },
        alignments: columns.map(\.alignment)))
  }

  /// Writes one row, and the header before the first.
  ///
  /// Fails only in JSON, on a number that is infinite or not a number; nothing of the row is
  /// written then.
  public mutating func write(
    _ row: Row, to output: inout some TextOutputStream
  ) throws(JSONError) {
    cells.removeAll(keepingCapacity: true)
    for value in values { cells.append(value(row)) }
    line.removeAll(keepingCapacity: true)
    try renderer.append(cells, to: &line)
    output.write(line)
  }

  /// Writes what closes the table, and the header if there was no row.
  public mutating func finish(_ output: inout some TextOutputStream) {
    line.removeAll(keepingCapacity: true)
    renderer.appendEnd(to: &line)
    output.write(line)
  }
}
