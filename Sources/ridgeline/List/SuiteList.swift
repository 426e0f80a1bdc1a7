import BenchmarkSuites
import Measurement
import Reports

/// The suites that `bench` runs, with how many cases each has here.
enum SuiteList {
  static func table(matching match: String?) throws -> Table<Row> {
    let target = ExpansionTarget(processors: EnvironmentRecord.current().usableProcessors)
    let rows = try SuiteCatalog.all().filter { match.matches([$0.id, $0.summary]) }
      .map { Row(suite: $0, cases: try $0.cases(for: target).count) }
    return Table(
      columns: [
        .text("id", key: "id") { $0.suite.id },
        .integer("cases here", key: "cases_here") { $0.cases },
        .text("what it shows", key: "summary") { $0.suite.summary },
      ], rows: rows)
  }

  struct Row {
    let suite: Suite
    let cases: Int
  }
}
