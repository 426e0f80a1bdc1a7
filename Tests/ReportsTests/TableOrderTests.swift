import Testing

@testable import Reports

@Suite struct TableOrderTests {
  private static var table: Table<(String, Double?)> {
    Table(
      columns: [
        .text("Name", key: "name") { $0.0 },
        .number("Speed", key: "speed", best: .highest) { $0.1 },
      ], rows: [("a", 2), ("b", nil), ("c", 30), ("d", 2)])
  }

  @Test func `rows sort by value, missing last, ties as they were`() {
    #expect(Self.table.sorted(by: "speed").rows.map(\.0) == ["a", "d", "c", "b"])
    #expect(Self.table.sorted(by: "speed", descending: true).rows.map(\.0) == ["c", "a", "d", "b"])
    #expect(Self.table.sorted(by: "name", descending: true).rows.map(\.0) == ["d", "c", "b", "a"])
    #expect(Self.table.sorted(by: "nothing").rows.map(\.0) == ["a", "b", "c", "d"])
  }

  @Test func `the best value is bold in Markdown and plain in text`() throws {
    #expect(try Self.table.text(as: .text) == Self.table.grid.text())
    #expect(Self.table.grid.markdown().contains("| c | **30.0** |"))
    #expect(!Self.table.grid.text().contains("*"))
  }

  @Test func `groups keep the order of rows`() {
    let groups = Self.table.groups(by: "speed")
    #expect(groups.map(\.name) == ["2.00", "\u{2013}", "30.0"])
    #expect(groups.first?.table.rows.map(\.0) == ["a", "d"])
    #expect(groups.first?.table.columns.map(\.key) == ["name"])
  }
}
