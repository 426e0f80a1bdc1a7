/// Rows with the columns that show them.
///
/// Every format evaluates the same columns, so what people and programs read cannot differ.
public struct Table<Row> {
  /// The columns from left to right.
  public let columns: [Column<Row>]

  /// The rows from top to bottom.
  public let rows: [Row]

  /// A table; the keys of the columns must differ.
  public init(columns: [Column<Row>], rows: [Row]) {
    self.columns = columns
    self.rows = rows
  }

  /// The table in one of the formats, with a final line end.
  ///
  /// Fails only in JSON, on a number that is infinite or not a number.
  public func text(as format: OutputFormat) throws(JSONError) -> String {
    var text = ""
    try write(as: format, to: &text)
    return text
  }

  /// Writes the table in one of the formats, row by row except for aligned text.
  public func write(
    as format: OutputFormat, to output: inout some TextOutputStream
  ) throws(JSONError) {
    guard format != .text else { return output.write(grid.text()) }
    var writer = TableWriter(columns: columns, format: format)
    for row in rows { try writer.write(row, to: &output) }
    writer.finish(&output)
  }

  /// What people see of the table, for a `Document`.
  public var grid: TableGrid {
    TableGrid(
      headings: columns.map(\.heading), alignments: columns.map(\.alignment),
      rows: rows.map { row in columns.map { $0.displayText(row) } }, best: bestPlaces)
  }

  /// Where the best values are; a single row is not the best of anything.
  private var bestPlaces: Set<TableGrid.Place> {
    var places: Set<TableGrid.Place> = []
    guard rows.count > 1 else { return places }
    for (index, column) in columns.enumerated() {
      guard let best = column.best else { continue }
      let values = rows.map { column.value($0).numberValue }
      let known = values.compactMap { $0 }
      guard let extreme = best == .highest ? known.max() : known.min() else { continue }
      for (row, value) in values.enumerated() where value == extreme {
        places.insert(TableGrid.Place(row: row, column: index))
      }
    }
    return places
  }

  /// The rows as an array of objects, for a larger JSON document.
  public var jsonValue: JSONValue {
    .array(
      rows.map { row in
        var object = JSONObject()
        for column in columns { object[column.key] = column.value(row).jsonValue }
        return .object(object)
      })
  }
}
