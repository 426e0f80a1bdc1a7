import BenchmarkSuites
import Measurement
import Reports

/// The cases of a suite as a table.
enum CaseTable {
  static func table(_ cases: [KernelCase]) -> Table<KernelCase> {
    let absent = absentColumns(cases)
    return Table(columns: columns { $0 }.filter { !absent.contains($0.key) }, rows: cases)
  }

  /// Columns that no case has anything in, of those that few kinds of cases have.
  static func absentColumns(_ cases: [KernelCase]) -> [String] {
    cases.contains { $0.heads != nil } ? [] : ["heads"]
  }

  /// The columns that name a case.
  static func columns<Row>(_ item: @escaping (Row) -> KernelCase) -> [Column<Row>] {
    [
      .text("subject", key: "subject") { item($0).subject.rawValue },
      .text("format", key: "format") { item($0).format },
      .integer("rows", key: "rows", digits: 20) { item($0).rows },
      .integer("columns", key: "columns", digits: 20) { item($0).columns },
      .integer("tokens", key: "tokens", digits: 20) { item($0).tokens },
      .integer("threads", key: "threads", digits: 20) { item($0).threads },
      .text("kernel", key: "isa") { item($0).isa },
      .text("weights in", key: "placement") { item($0).placement.rawValue },
      .text("numbers", key: "distribution") { item($0).distribution?.rawValue },
      .text("heads", key: "heads") { item($0).heads?.description },
    ]
  }
}

/// Results as tables: times beside ceilings, and losses.
enum BenchTable {
  /// The tables that `results` need, one or two.
  static func texts(
    _ entries: [Results<KernelResult>.Entry], _ predictor: KernelPredictions?,
    as format: OutputFormat
  ) throws -> [String] {
    let machines = entries.map(\.run.machine)
    let names = Set(machines).count > 1 ? machines.map(Self.name) : []
    let results = entries.enumerated().map { index, entry in
      NamedResult(machine: names.isEmpty ? nil : names[index], result: entry.payload)
    }
    let times = results.filter { $0.result.timing != nil }
    let losses = results.filter { $0.result.loss != nil }
    var texts: [String] = []
    if !times.isEmpty || losses.isEmpty {
      texts.append(try timeTable(times, predictor).text(as: format))
    }
    if !losses.isEmpty { texts.append(try lossTable(losses).text(as: format)) }
    // Two tables in one CSV or JSON could not be read; the file has everything.
    return format.isForMachines ? Array(texts.prefix(1)) : Array(texts.joined(with: "\n"))
  }

  /// The machine in a few words.
  private static func name(_ machine: MachineIdentity) -> String {
    let given = machine.parts.first { $0.hasPrefix("named ") }
    return given.map { String($0.dropFirst(7).dropLast()) } ?? machine.parts[0]
  }

  /// A result with its machine, where there are several.
  private struct NamedResult {
    let machine: String?
    let result: KernelResult
  }

  /// The columns that name a case, without those in `omitted` and machines where there is one.
  private static func caseColumns(
    _ results: [NamedResult], without omitted: [String]
  ) -> [Column<NamedResult>] {
    let omitted = omitted + CaseTable.absentColumns(results.map(\.result.kernelCase))
    let columns = CaseTable.columns { (row: NamedResult) in row.result.kernelCase }
      .filter { !omitted.contains($0.key) }
    guard results.contains(where: { $0.machine != nil }) else { return columns }
    return [.text("machine", key: "machine") { $0.machine }] + columns
  }

  private static func timeTable(
    _ results: [NamedResult], _ predictor: KernelPredictions?
  ) -> Table<NamedResult> {
    var columns = caseColumns(results, without: ["subject", "distribution"])
    columns += [
      .number("time", key: "seconds", style: .seconds) { $0.result.timing?.samples.median },
      .number("+-", key: "relative_half_width", style: .percent, digits: 2) {
        $0.result.timing?.samples.medianInterval()?.relativeHalfWidth
      },
      .number("GB/s", key: "bytes_per_second", style: .fixed("", per: 1e9)) { row in
        row.result.rate { Double($0.weightBytes) }
      },
      .number("GOP/s", key: "operations_per_second", style: .fixed("", per: 1e9)) { row in
        row.result.rate { _ in row.result.kernelCase.operations }
      },
      .number("of ceiling", key: "share_of_ceiling", style: .percent) {
        $0.result.share?.interval.ratio
      },
      .text("limit", key: "limit") { $0.result.share?.limit },
    ]
    if let predictor {
      columns += [
        .number("predicted", key: "predicted_seconds", style: .seconds) {
          predictor.seconds(for: $0.result)
        },
        .number("predicted/measured", key: "predicted_over_measured") { row in
          guard let median = row.result.timing?.samples.median else { return nil }
          return predictor.seconds(for: row.result).map { $0 / median }
        },
      ]
    }
    if results.contains(where: { $0.result.timing?.instructionsPerCycle != nil }) {
      columns.append(
        .number("instructions/cycle", key: "instructions_per_cycle") {
          $0.result.timing?.instructionsPerCycle
        })
    }
    columns.append(
      .text("not steady because", key: "advisories") { row in
        row.result.isSteady ? nil : row.result.advisories.map(\.description).joined(separator: "; ")
      })
    return Table(columns: columns, rows: results)
  }

  private static func lossTable(_ results: [NamedResult]) -> Table<NamedResult> {
    Table(
      columns: caseColumns(results, without: ["subject", "threads", "placement"]) + [
        .number("SQNR of weights (dB)", key: "weight_sqnr_db") {
          $0.result.loss?.weightSignalToNoise
        },
        .number("error of product", key: "product_relative_error", style: .percent) {
          $0.result.loss?.productRelativeError
        },
      ], rows: results)
  }
}

extension KernelResult {
  /// What a product does of something, in a second.
  fileprivate func rate(_ amount: (Timing) -> Double) -> Double? {
    guard let timing, let seconds = timing.samples.median, seconds > 0 else { return nil }
    return amount(timing) / seconds
  }

  var share: (interval: RatioInterval, limit: String)? {
    timing?.share(operations: kernelCase.operations)
  }
}

extension [String] {
  /// The elements with `separator` between them.
  fileprivate func joined(with separator: String) -> [String] {
    Array(map { [$0] }.joined(separator: [separator]))
  }
}
