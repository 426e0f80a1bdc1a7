/// Tables of published figures that the binary carries, as comma-separated values.
enum PublishedTable {
  /// The rows of a table, each as values by column.
  static func records(_ name: String) throws(TableProblem) -> [CSVRecords.Record] {
    guard let file = EmbeddedData.files.first(where: { "\($0.name)" == name }) else {
      throw TableProblem(file: "\(name).csv", line: 1, problem: "is missing")
    }
    return try CSVRecords("\(file.text)", file: "\(name).csv").records
  }
}
