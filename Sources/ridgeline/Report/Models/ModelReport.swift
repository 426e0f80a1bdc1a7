import HardwareProfiles
import Inference
import Measurement
import Reports
import Roofline

/// `ridgeline report models`: whole models, predicted against measured, and beside other engines.
struct ModelReport {
  let results: Results<ModelResult>
  /// The results beside their predictions.
  let rows: [ModelBenchRow]
  let profile: HardwareProfile
  /// Tests of this program and of others, on the same files, taken in turn.
  let peers: [PeerModelTest]

  /// The report.
  var document: Document {
    Document(
      [.heading("Whole models: predicted against measured speed", level: 1)] + method + speeds
        + errors + shares + memory + PeerModelTable(tests: peers).blocks + disturbances)
  }

  private var method: [Document.Block] {
    guard let run = results.runs.first else { return [.paragraph("No results.")] }
    let environment = run.environment
    let commits = Set(results.runs.compactMap(\.environment.build.commit)).sorted()
    return [
      .facts([
        .init("machine", results.machines.map { "\($0)" }.joined(separator: "; ")),
        .init("processors", "\(environment.usableProcessors)"),
        .init("system", environment.operatingSystem),
        .init("virtualised by", environment.hypervisor),
        .init("commit", commits.isEmpty ? "not recorded" : commits.joined(separator: ", ")),
        .init("compilers", "Swift \(environment.build.swift), \(environment.build.c)"),
        .init("predicted from", profile.kernels?.source),
        .init("results", "\(results.entries.count) in \(results.runs.count) runs"),
      ]),
      .paragraph(
        "Models of the catalog have random weights, files their own. pp128 reads 128 tokens from an"
          + " empty cache, tg16 generates 16 tokens, @ d2040 after 2040 cached ones. A pass is timed in"
          + " parts of some milliseconds, and the cores are looked at between them: tok/s is of the"
          + " sum of the parts' medians over passes in which nothing else worked on the cores,"
          + " disturbed the share of times that were left out. Whole repetitions are their"
          + " median with all disturbances. Raw times lie beside this report. The prediction adds"
          + " up what the calibration measured of each operation, of products in other shapes;"
          + " nothing is fitted to the results, and nothing of a test is used but what plain reads of"
          + " memory reached before and after it."),
    ]
  }

  private var speeds: [Document.Block] {
    [.heading("Speed", level: 2), .table(ModelBenchRow.table(rows).grid)]
  }

  private var errors: [Document.Block] {
    let report = ValidationReport(rows.map(\.validated))
    let within = rows.compactMap(\.validated.error).count { abs($0) <= 0.07 }
    return [
      .heading("Errors of predicted times", level: 2),
      .paragraph("\(report.summary) \(within) of \(rows.count) are within 7 %."),
      .table(report.statisticsGrid),
    ]
  }

  // MARK: Where time goes

  private struct Share {
    let row: ModelBenchRow
    let products: Double
    let attention: Double
    let rest: Double
    let between: Double
    let predictedProducts: Double?
    let predictedAttention: Double?
    let predictedRest: Double?

    init(_ row: ModelBenchRow) {
      self.row = row
      let whole = row.result.timedSeconds
      func measured(_ isWanted: (String) -> Bool) -> Double {
        row.result.operations.filter { isWanted($0.name) }.reduce(0) { $0 + $1.seconds } / whole
      }
      let isProduct = { (name: String) in Self.isProduct(name) }
      let isAttention = { (name: String) in name == "attention" }
      products = measured(isProduct)
      attention = measured(isAttention)
      rest = measured { !isProduct($0) && !isAttention($0) }
      between = 1 - products - attention - rest
      func predicted(_ isWanted: (String) -> Bool) -> Double? {
        row.prediction.map { operations in
          operations.filter { isWanted($0.kind.name) }.reduce(0) { $0 + $1.seconds } / whole
        }
      }
      predictedProducts = predicted(isProduct)
      predictedAttention = predicted(isAttention)
      predictedRest = predicted { !isProduct($0) && !isAttention($0) }
    }

    /// What multiplies weights.
    private static func isProduct(_ name: String) -> Bool {
      !["embedding", "kv_store", "attention", "rope", "activation", "residual"].contains(name)
        && !name.contains("norm")
    }
  }

  private var shares: [Document.Block] {
    let style = QuantityStyle.percent
    return [
      .heading("Where time goes", level: 2),
      .paragraph(
        "Shares of one repetition in which every operation was timed, measured and predicted: products"
          + " of weights, attention, everything else, and what lies between operations."),
      .table(
        Table(
          columns: [
            .text("model", key: "model") { $0.row.result.modelCase.model },
            .text("precision", key: "precision") { $0.row.result.modelCase.precision },
            .text("test", key: "test") { $0.row.result.modelCase.test.description },
            .integer("threads", key: "threads") { $0.row.result.modelCase.threads },
            .number("products", key: "products", style: style) { $0.products },
            .number("predicted", key: "predicted_products", style: style) {
              $0.predictedProducts
            },
            .number("attention", key: "attention", style: style) { $0.attention },
            .number("predicted", key: "predicted_attention", style: style) {
              $0.predictedAttention
            },
            .number("other operations", key: "rest", style: style) { $0.rest },
            .number("predicted", key: "predicted_rest", style: style) { $0.predictedRest },
            .number("between", key: "between", style: style) { $0.between },
          ], rows: rows.map(Share.init)
        ).grid),
    ]
  }

  private var memory: [Document.Block] {
    let ratios = rows.compactMap { ModelMemory($0).peakToPredicted }
    var text =
      "The most that the process had in memory while it ran a test, beside packed weights, full"
      + " caches, activations and the program itself."
    if let least = ratios.min(), let most = ratios.max() {
      let style = QuantityStyle.percent
      text += " Measured peaks are \(style.text(least)) to \(style.text(most)) of the predicted."
    }
    return [
      .heading("Memory", level: 2), .paragraph(text), .table(ModelMemory.table(rows).grid),
    ]
  }

  private var disturbances: [Document.Block] {
    let disturbed = results.entries.count { !$0.payload.isSteady }
    guard disturbed + results.replaced.count > 0 else { return [] }
    return [
      .heading("Disturbances", level: 2),
      .paragraph(
        "\(disturbed) of \(results.entries.count) results carry an advisory. Tests that were"
          + " disturbed were run again: \(results.replaced.count) results of the raw data are not"
          + " counted, because a later one of the same test was steadier."),
    ]
  }
}
