import Engines
import HardwareProfiles
import Reports
import Roofline
import Units

/// One model on every device.
struct DevicesForModel {
  private let model: String
  private let name: String

  static let all = [
    DevicesForModel(model: "llama-2-7b", name: "Llama-2-7B"),
    DevicesForModel(model: "llama-3-8b", name: "Llama-3-8B"),
  ]

  private static let precisions = ["f16", "q8_0", "q4_k_m", "q4_0"]

  var file: ReportCollection.File {
    ReportCollection.File(
      name: "devices-\(model).md", summary: "\(name) on all devices, fastest first",
      contents: { try document.markdown() })
  }

  private struct Row {
    let profile: HardwareProfile
    let rows: [String: ComparisonRow]

    func speed(_ precision: String) -> Double? { rows[precision]?.fittingSpeed }
  }

  private var document: Document {
    get throws {
      let rows = Dictionary(
        grouping: try ComparisonRows.all(
          models: [model], precisions: Self.precisions, devices: ["all"]), by: \.device)
      let table = Table(
        columns: Self.columns,
        rows: try ProfileCatalog.all().map { profile in
          Row(
            profile: profile,
            rows: Dictionary(
              (rows[profile.id] ?? []).map { ($0.precision, $0) }, uniquingKeysWith: { a, _ in a }))
        }
      ).sorted(by: "q4_k_m", descending: true)
      return Document([
        .heading("\(name) on all devices", level: 1),
        .paragraph(
          "Expected decode in tokens/s of one sequence, after a prompt of 512 tokens over 128"
            + " generated ones, with the usual engine; low and high hold 80 % of the time. A dash: it"
            + " does not fit, or the size of the memory is not known."),
        .table(table.grid),
      ])
    }
  }

  private static var columns: [Column<Row>] {
    [
      .text("device", key: "device") { $0.profile.id },
      .number("usable memory", key: "capacity", style: .fixed("GB", per: 1e9)) {
        $0.profile.usableCapacity?.count
      },
      .number("bandwidth", key: "bandwidth", style: .fixed("GB/s", per: 1e9), digits: 4) {
        $0.profile.bandwidth?.value
      },
    ]
      + precisions.map { precision in
        .number(precision, key: precision, best: .highest) { $0.speed(precision) }
      } + [
        .number("q4_k_m low", key: "low") { $0.rows["q4_k_m"]?.expectation?.decode?.low },
        .number("high", key: "high") { $0.rows["q4_k_m"]?.expectation?.decode?.high },
        .number("at most", key: "bound") {
          $0.rows["q4_k_m"]?.estimate.decode?.bound.tokensPerSecond.finite
        },
        .number("prefill", key: "prefill", best: .highest) {
          $0.rows["q4_k_m"]?.expectation?.prefill?.tokensPerSecond
        },
      ]
  }
}
