import Engines
import HardwareProfiles
import Reports
import Roofline
import TransformerModels
import Units

/// Every model at many precisions on a few devices.
struct ModelsOnDevices {
  private let name: String
  private let title: String
  private let devices: [String]
  private let precisions: [String]

  private static let files = [
    "f16", "q8_0", "q6_k", "q5_k_m", "q4_k_m", "q4_0", "iq4_xs", "q3_k_m", "q2_k",
  ]

  static let all = [
    ModelsOnDevices(
      name: "models-on-a100", title: "Models on the A100",
      devices: ["nvidia-a100-80gb-pcie", "nvidia-a100-80gb-sxm"],
      precisions: files + [
        "llm-int8", "smoothquant-o3", "nf4", "gptq-4bit-g128", "awq-4bit-g128", "w4a8kv4",
      ]),
    ModelsOnDevices(
      name: "models-on-apple-m1-m2", title: "Models on Apple M1 and M2",
      devices: [
        "apple-m1-8-core-gpu", "apple-m1-pro-16-core-gpu", "apple-m1-max-32-core-gpu",
        "apple-m1-ultra-64-core-gpu", "apple-m2-10-core-gpu", "apple-m2-pro-19-core-gpu",
        "apple-m2-max-38-core-gpu", "apple-m2-ultra-76-core-gpu",
      ], precisions: files),
    ModelsOnDevices(
      name: "models-on-raspberry-pi", title: "Models on the Raspberry Pi",
      devices: ["raspberry-pi-4", "raspberry-pi-5"], precisions: files),
    ModelsOnDevices(
      name: "models-on-sapphire-rapids", title: "Models on Sapphire Rapids",
      devices: ["intel-xeon-platinum-8480plus", "intel-xeon-max-9480"],
      precisions: files + ["bf16", "int8"]),
  ]

  var file: ReportCollection.File {
    ReportCollection.File(
      name: name + ".md",
      summary: "\(title.lowercasedFirst): expected decode of every model at \(precisions.count)"
        + " precisions on \(devices.count) devices",
      contents: { try document.markdown() })
  }

  private struct Row {
    let model: CatalogEntry
    var speeds: [String: Double?] = [:]
  }

  private var document: Document {
    get throws {
      var blocks: [Document.Block] = [
        .heading(title, level: 1),
        .paragraph(
          "Expected decode in tokens/s of one sequence, after a prompt of 512 tokens over 128"
            + " generated ones, with the usual engine for device and precision. A dash: weights, KV"
            + " cache, activations and engine exceed the memory of the largest configuration sold."
            + " Models that fit at no precision are left out; the smallest come first. For"
            + " intervals, bounds and prefill of a row: ridgeline compare with the same names."),
      ]
      for device in devices {
        let profile = try DeviceSelection.profile(device)
        blocks += [.heading(profile.name, level: 2), .table(try table(on: device))]
      }
      return Document(blocks)
    }
  }

  private func table(on device: String) throws -> TableGrid {
    let speeds = Dictionary(
      grouping: try ComparisonRows.all(
        models: ["all"], precisions: precisions, devices: [device]), by: \.model)
    let rows = try ModelCatalog.entries().compactMap { entry -> Row? in
      let own = speeds[entry.model.id] ?? []
      guard own.contains(where: { $0.fittingSpeed != nil }) else { return nil }
      return Row(
        model: entry,
        speeds: Dictionary(
          own.map { ($0.precision, $0.fittingSpeed) }, uniquingKeysWith: { a, _ in a }))
    }
    let columns: [Column<Row>] =
      [
        .text("model", key: "model") { $0.model.id },
        .number("parameters", key: "parameters", style: .fixed("10^9", per: 1e9)) {
          Double($0.model.model.parameters)
        },
      ]
      + precisions.map { precision in
        .number(precision, key: precision) { row in row.speeds[precision] ?? nil }
      }
    return Table(columns: columns, rows: rows).sorted(by: "parameters").grid
  }
}

extension String {
  /// The text with its first letter in lower case.
  fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
