import Engines
import HardwareProfiles
import PublishedMeasurements
import QuantizationFormats
import Reports
import Roofline
import TransformerModels
import Units

/// `reports/accuracy.md`: how good expected speeds are, for devices that were left out of the fit.
struct AccuracyReport {
  let validation: ValidatePublished

  init() throws { validation = try ValidatePublished() }

  /// The report with its plots, which lie beside it.
  func markdown() throws -> String {
    let plots = """

      ![Decode of llama.cpp on GPUs, predicted against measured](accuracy-decode.svg)

      ![Prefill of llama.cpp on GPUs, predicted against measured](accuracy-prefill.svg)


      """
    return Document(opening).markdown() + plots + Document(try rest()).markdown()
  }

  private var opening: [Document.Block] {
    let comparison = validation.comparison
    let held = comparison.cases.count - validation.beyondBound.count
    return [
      .heading("How good expected speeds are", level: 1),
      .paragraph(
        "Each device was left out of the fit once and then predicted from its hardware profile"
          + " alone; errors are of speed, |predicted / measured - 1|. Rows are those read at the"
          + " source or in two transcriptions, one device, one sequence; those of several tokens at a time"
          + " were copied once from tables in llama.cpp's pull requests. The column \"if fitted on\""
          + " is the error with the same rows in the fit: what a tool would claim that scores itself"
          + " on its own data. Which terms there are, the spreads of their priors and how far they"
          + " overlap (two dozen numbers) were chosen by the errors of devices left out, one after"
          + " another; in so far the figures are a little too good."),
      .paragraph("The bound holds for \(held) of \(comparison.cases.count) rows."),
      .table(Table(columns: ValidatePublished.columns, rows: validation.headlines).grid),
      .paragraph(
        "Not met: the worst tenth of prefill, where the Strix Halo reaches half of what larger chips"
          + " of its kind do through Vulkan, an M1 Max slows down by a third after its first 512"
          + " tokens, and an A40 needs twice its time for 70B; CPUs if the server is counted that"
          + " loses a factor of five to its memory placement. A fit of its own for every device would"
          + " bring each below its limit and say nothing about the next device."),
    ]
  }

  private func rest() throws -> [Document.Block] {
    let models = validation.accuracy.leavingModelsOut()
    let decode = validation.accuracy.rows.filter { $0.family == .llamaCppDecode && $0.isWellRead }
    let prefill = validation.accuracy.rows.filter {
      $0.family == .prefill && $0.isWellRead
        && $0.published.row.engine.lowercased().contains("llama.cpp")
    }
    func percent(_ errors: [Double]) -> String {
      "\(Figures.number(Quantiles.value(0.5, of: errors) * 100, digits: 2)) % in the median of"
        + " \(errors.count) rows"
    }
    return [
      .heading("Models left out", level: 2),
      .paragraph(
        "llama.cpp on GPUs, fitted without 70B models and asked for them:"
          + " \(percent(models.smallToLarge)); fitted on 70B models only and asked for the small"
          + " ones on the same devices: \(percent(models.largeToSmall)), and on all devices, most of"
          + " which that fit has not seen: \(percent(models.largeToSmallAnywhere)). Nearly all 70B rows"
          + " are of q4_k_m, which tells little of launches and nothing of f16 on HBM."),
      .heading("Intervals", level: 2),
      .paragraph(
        "The width of a class's interval is set by the errors of its other devices, each left out;"
          + " classes with fewer than \(FittedConstants.rowsForOwnInterval) rows take all. An"
          + " architecture, engine or format that no row has touched, and a context or batch beyond"
          + " what rows say much about, widen it by what they leave of the spread of its prior, and an"
          + " architecture also by how far off those devices are that have one of their own."),
      .table(
        Table(
          columns: ValidatePublished.columns.filter { !["limit", "is_met"].contains($0.key) },
          rows: validation.groups { $0.errorClass }
        ).grid),
      .heading("Other estimators' rules on the same rows", level: 2),
      .paragraph("Decode of llama.cpp on GPUs:"), .table(PeerComparison(decode).table.grid),
      .paragraph("Prefill of llama.cpp on GPUs:"), .table(PeerComparison(prefill).table.grid),
    ] + (try memory) + (try AccuracyCases(validation).blocks)
  }

  // MARK: Memory

  private struct MemoryRow {
    let engine: String
    let rows: [PublishedMemory]
  }

  private var memory: [Document.Block] {
    get throws {
      let rows = Dictionary(grouping: try PublishedMemory.all(), by: \.engine)
        .sorted { $0.key < $1.key }.map { MemoryRow(engine: $0.key, rows: $0.value) }
      return [
        .heading("Memory", level: 2),
        .paragraph(
          "Published peaks beside weights, KV cache and the largest live activations, without and"
            + " with what the engine takes besides, a constant in its file."),
        .table(
          Table(
            columns: [
              .text("engine", key: "engine") { $0.engine },
              .integer("peaks", key: "rows") { $0.rows.count },
              .number("engine's own", key: "overhead_bytes", style: .bytesDecimal) {
                $0.rows.first?.overhead
              },
              .number("median error without", key: "bare_error", style: .percent) {
                Quantiles.value(0.5, of: $0.rows.map(\.bareError))
              },
              .number("with", key: "error", style: .percent) {
                Quantiles.value(0.5, of: $0.rows.map(\.error))
              },
              .number("90 % below", key: "percentile_90_error", style: .percent) {
                Quantiles.value(0.9, of: $0.rows.map(\.error))
              },
              .number("median gap", key: "gap_bytes", style: .bytesDecimal) {
                Quantiles.value(0.5, of: $0.rows.map { $0.measured - $0.counted })
              },
            ], rows: rows
          ).grid),
      ]
    }
  }
}
