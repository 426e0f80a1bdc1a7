import BenchmarkSuites
import Measurement
import Reports

/// Attention by context and format of the cache, as a section of the report of kernels.
struct AttentionTable {
  private let results: [KernelResult]

  init(_ results: Results<KernelResult>) {
    self.results = results.entries.map(\.payload).filter { $0.kernelCase.subject == .attention }
  }

  /// The section; nothing where attention was not measured.
  var blocks: [Document.Block] {
    guard !results.isEmpty else { return [] }
    return [
      .heading("Attention", level: 2),
      .paragraph(
        "Queries of the new tokens of one layer meet the keys and values of a context, which include"
          + " their own. In memory, caches of as many layers take turns. The time at the ceilings is"
          + " the larger of the bytes of keys and values over the bandwidth of a plain read and the"
          + " operations over the fp32 peak."),
      .table(Table(columns: Self.columns, rows: results).grid),
    ]
  }

  private static var columns: [Column<KernelResult>] {
    [
      .text("cache", key: "cache") { $0.kernelCase.format },
      .text("heads", key: "heads") { item in
        item.kernelCase.heads.map { heads in
          "\(item.kernelCase.columns / heads.width) x \(heads)"
        }
      },
      .integer("context", key: "context", digits: 8) { $0.kernelCase.rows },
      .integer("tokens", key: "tokens", digits: 6) { $0.kernelCase.tokens },
      .integer("threads", key: "threads", digits: 6) { $0.kernelCase.threads },
      .text("keys in", key: "placement") { $0.kernelCase.placement.rawValue },
      .number("time", key: "seconds", style: .seconds) { $0.timing?.samples.median },
      .number("GB/s", key: "bytes_per_second", style: .fixed("", per: 1e9)) { $0.bytesPerSecond },
      .number("GFLOP/s", key: "operations_per_second", style: .fixed("", per: 1e9)) {
        $0.operationsPerSecond
      },
      .number("of ceilings", key: "of_ceilings", style: .percent) { $0.shareOfCeilings },
    ]
  }
}
