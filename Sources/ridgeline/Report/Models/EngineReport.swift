import Measurement
import Reports

/// `ridgeline report engines`: whole models by this program and by others, test by test.
struct EngineReport {
  let table: PeerModelTable

  init(tests: [PeerModelTest]) {
    table = PeerModelTable(tests: tests)
  }

  /// The report.
  var document: Document {
    let tests = table.tests
    return Document(
      [
        .heading("Whole models beside other engines", level: 1),
        .facts([
          .init("processor", Set(tests.compactMap(\.processor)).sorted().joined(separator: "; ")),
          .init("engines", engines.joined(separator: ", ")),
          .init("made", tests.compactMap(\.time).min()),
          .init("tests", "\(table.pairs.count)"),
        ]),
        .paragraph(
          "The same files on the same machine, each test by all engines in turn, several rounds of"
            + " it, so that what else the machine does meets all alike. pp512 reads 512 tokens, tg32"
            + " generates 32, @ d2040 after 2040 cached ones. Rates are medians of all repetitions of"
            + " all rounds, the bounds those of a bootstrap at 95 %."),
      ] + lowest("Prefill") { $0.generatedTokens == 0 }
        + lowest("Decode") { $0.generatedTokens > 0 }
        + [.table(table.grid)])
  }

  private var engines: [String] {
    Set(
      table.tests.map {
        $0.engine == "ridgeline" ? "ridgeline at commit \($0.build ?? "not recorded")" : $0.engine
      }
    )
    .sorted()
  }

  /// The test in which the others come nearest.
  private func lowest(
    _ phase: String, where isWanted: (PeerModelTest) -> Bool
  ) -> [Document.Block] {
    let ratios = table.pairs.filter { isWanted($0.ours) }.compactMap { $0.speedup?.ratio }
    guard let least = ratios.min(), let most = ratios.max() else { return [] }
    let style = QuantityStyle.plain
    return [
      .paragraph("\(phase): \(style.text(least)) to \(style.text(most)) times as fast.")
    ]
  }
}
