import Engines
import HardwareProfiles
import PublishedMeasurements
import Reports
import Roofline

/// Errors of devices that were left out of the fit, over the published table.
struct ValidatePublished {
  let accuracy: PublishedAccuracy
  let comparison: PublishedComparison

  private static let sharedAccuracy = Result {
    PublishedAccuracy(try PublishedComparison.shared.get())
  }

  init() throws {
    comparison = try PublishedComparison.shared.get()
    accuracy = try Self.sharedAccuracy.get()
  }

  /// A set of rows and the errors it must stay below.
  struct Subset {
    let name: String
    let rows: [JudgedRow]
    /// The largest median and 90th percentile that are allowed; `nil` where none is set.
    let limit: (median: Double, percentile90: Double)?

    var median: Double { Quantiles.value(0.5, of: rows.map(\.error)) }
    var percentile90: Double { Quantiles.value(0.9, of: rows.map(\.error)) }
    /// Errors with the rows in the fit, for comparison.
    var fittedMedian: Double { Quantiles.value(0.5, of: rows.map(\.fittedError)) }
    /// The share of rows inside their 80 % interval.
    var coverage: Double {
      rows.isEmpty ? 0 : Double(rows.count { $0.isCovered }) / Double(rows.count)
    }
    var devices: Int { Set(rows.map(\.published.profile.id)).count }
    var isMet: Bool? {
      limit.map { median <= $0.median && percentile90 <= $0.percentile90 }
    }
  }

  private func rows(
    _ family: EngineFamily, _ isMember: (JudgedRow) -> Bool
  ) -> [JudgedRow] {
    accuracy.rows.filter { $0.family == family && $0.isWellRead && isMember($0) }
  }

  /// The headline subsets with the limits that the project set itself.
  var headlines: [Subset] {
    let prefill = rows(.prefill) { $0.published.row.engine.lowercased().contains("llama.cpp") }
    let isTuned: (JudgedRow) -> Bool = {
      PublishedEngines.setting(of: $0.published.row, isCPU: false)?.variant != "rocblas"
    }
    let short = prefill.filter { $0.published.row.prompt == 512 && !$0.hasContext }
    let llama = rows(.llamaCppDecode) { _ in true }
    let cpu = rows(.cpuDecode) { $0.published.row.subset == "C-cpu-saturated" }
    return [
      Subset(name: "llama.cpp on GPUs, decode", rows: llama, limit: (0.06, 0.18)),
      Subset(
        name: "the same, mean contexts 256 to 4096",
        rows: llama.filter { (256...4096).contains($0.published.row.meanContext) },
        limit: (0.06, 0.18)),
      Subset(
        name: "llama.cpp on GPUs, 2 to 64 tokens at a time",
        rows: accuracy.rows.filter(\.published.row.hasSeveralTokens), limit: nil),
      Subset(name: "llama.cpp on GPUs, prefill of 512", rows: short, limit: (0.10, 0.25)),
      Subset(
        name: "the same without untuned rocBLAS builds", rows: short.filter(isTuned),
        limit: (0.10, 0.25)),
      Subset(
        name: "llama.cpp on GPUs, prefill of 1024 to 8192",
        rows: prefill.filter { (1024...8192).contains($0.published.row.prompt ?? 0) },
        limit: (0.10, 0.25)),
      Subset(
        name: "other engines on GPUs, decode",
        rows: rows(.fusedDecode) { $0.published.row.subset == "B-engine-gpu" },
        limit: (0.09, 0.25)),
      Subset(name: "CPUs at full threads, decode", rows: cpu, limit: (0.12, 0.30)),
      Subset(
        name: "the same without the NUMA-impaired server",
        rows: cpu.filter { !$0.published.row.isNUMAImpaired }, limit: (0.12, 0.30)),
      Subset(
        name: "CPUs, prefill, without that server",
        rows: rows(.cpuPrefill) { !$0.published.row.isNUMAImpaired }, limit: nil),
      Subset(name: "eager PyTorch, decode", rows: rows(.eagerDecode) { _ in true }, limit: nil),
      Subset(
        name: "serving engines, prefill included",
        rows: rows(.fusedDecode) { $0.published.row.subset.hasSuffix("prefill)") }, limit: nil),
      Subset(
        name: "CPUs, formats bound by unpacking",
        rows: rows(.cpuDecode) { $0.published.row.subset.hasPrefix("C2") }, limit: nil),
      Subset(
        name: "CPUs with few threads",
        rows: rows(.cpuDecode) { $0.published.row.subset.hasPrefix("X") }, limit: nil),
    ]
  }

  /// All rows by a property of theirs, within their family.
  func groups(by name: (JudgedRow) -> String) -> [Subset] {
    Dictionary(grouping: accuracy.rows) { "\($0.family.rawValue): \(name($0))" }
      .sorted { $0.key < $1.key }
      .map { Subset(name: $0.key, rows: $0.value, limit: nil) }
  }

  /// Rows of the table that are faster than their bound by more than what timers are off.
  var beyondBound: [PublishedCase] { comparison.cases.filter { $0.share > 1.02 } }
}

extension JudgedRow {
  /// Whether a prefill ran after cached tokens.
  var hasContext: Bool { (published.row.generatedOrContext ?? 0) > 1 }
}

extension ValidatePublished {
  static var columns: [Column<Subset>] {
    [
      .text("rows of", key: "subset") { $0.name },
      .integer("rows", key: "rows") { $0.rows.count },
      .integer("devices", key: "devices") { $0.devices },
      .number("median error", key: "median_error", style: .percent) { $0.median },
      .number("90 % below", key: "percentile_90_error", style: .percent) { $0.percentile90 },
      .number("median if fitted on", key: "fitted_median_error", style: .percent) {
        $0.fittedMedian
      },
      .number("inside 80 % interval", key: "coverage", style: .percent) { $0.coverage },
      .text("limit", key: "limit") { subset in
        subset.limit.map {
          "\(Int(($0.median * 100).rounded())) and \(Int(($0.percentile90 * 100).rounded())) %"
        }
      },
      .boolean("met", key: "is_met") { $0.isMet },
    ]
  }
}
