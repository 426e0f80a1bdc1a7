import BenchmarkSuites
import Measurement
import Reports

/// What two measurements of a case are compared by.
enum ComparedQuantity: String, CaseIterable {
  /// Seconds.
  case time
  /// Seconds over the seconds that the ceilings of the same rounds allow.
  case share
}

/// The cases that two sets of results have in common, with what changed.
struct MeasuredChanges {
  struct Row {
    let key: String
    let result: KernelResult
    let before: Double
    let after: Double
    let change: Change
  }

  /// The largest change first.
  let rows: [Row]
  /// Cases of one side only, or whose ceilings were not probed.
  let missing: Int

  init(
    from old: Results<KernelResult>, to new: Results<KernelResult>, by quantity: ComparedQuantity,
    tolerance: Double, steadyOnly: Bool
  ) {
    let before = Self.samples(old, quantity, steadyOnly: steadyOnly)
    let after = Self.samples(new, quantity, steadyOnly: steadyOnly)
    var rows: [Row] = []
    for (key, side) in before {
      guard let other = after[key],
        let change = Change(from: side.samples, to: other.samples, tolerance: tolerance),
        let (was, now) = Self.medians(side.samples, other.samples)
      else { continue }
      rows.append(
        Row(key: key, result: other.result, before: was, after: now, change: change))
    }
    self.rows = rows.sorted { ($1.change.ratio.ratio, $0.key) < ($0.change.ratio.ratio, $1.key) }
    missing = Set(before.keys).union(after.keys).count - rows.count
  }

  private static func medians(_ before: Samples, _ after: Samples) -> (Double, Double)? {
    guard let was = before.median, let now = after.median else { return nil }
    return (was, now)
  }

  /// The samples of each case; those of several runs count together.
  private static func samples(
    _ results: Results<KernelResult>, _ quantity: ComparedQuantity, steadyOnly: Bool
  ) -> [String: (result: KernelResult, samples: Samples)] {
    var found: [String: (result: KernelResult, samples: Samples)] = [:]
    for result in results.entries.map(\.payload) where !steadyOnly || result.isSteady {
      guard let values = values(result, quantity) else { continue }
      var samples = found[result.key]?.samples ?? Samples()
      for value in values { samples.append(value) }
      found[result.key] = (result, samples)
    }
    return found
  }

  private static func values(_ result: KernelResult, _ quantity: ComparedQuantity) -> [Double]? {
    guard let timing = result.timing else { return nil }
    switch quantity {
    case .time: return timing.seconds
    case .share:
      return timing.secondsAtCeilings(operations: result.kernelCase.operations).map {
        zip(timing.seconds, $0).map { $0 / $1 }
      }
    }
  }

  /// How many cases there are of each verdict.
  var summary: String {
    let counts = Change.Verdict.allCases.map { verdict in
      "\(rows.count { $0.change.verdict == verdict }) \(verdict.rawValue)"
    }
    let alone = missing > 0 ? "; \(missing) could not be compared" : ""
    return "\(rows.count) cases: \(counts.joined(separator: ", "))\(alone)."
  }

  var table: Table<Row> {
    let omitted =
      ["subject", "distribution"] + CaseTable.absentColumns(rows.map(\.result.kernelCase))
    let columns = CaseTable.columns { (row: Row) in row.result.kernelCase }
      .filter { !omitted.contains($0.key) }
    return Table(
      columns: columns + [
        .number("before", key: "before") { $0.before },
        .number("after", key: "after") { $0.after },
        .number("after/before", key: "ratio") { $0.change.ratio.ratio },
        .number("at least", key: "ratio_low") { $0.change.ratio.low },
        .number("at most", key: "ratio_high") { $0.change.ratio.high },
        .text("verdict", key: "verdict") { $0.change.verdict.rawValue },
      ], rows: rows)
  }
}
