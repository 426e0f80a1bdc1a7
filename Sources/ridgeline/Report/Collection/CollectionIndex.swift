import Engines
import PublishedMeasurements
import Reports
import Roofline
import Units

/// `reports/README.md`: headline figures and what lies beside it.
struct CollectionIndex {
  private let files: [ReportCollection.File]
  private let others: [(name: String, title: String)]

  init(files: [ReportCollection.File], others: [(name: String, title: String)]) throws {
    self.files = files
    self.others = others
  }

  var document: Document {
    get throws {
      Document(
        [
          .heading("Reports", level: 1),
          .paragraph(
            "How fast models run where, and how far to trust it. Expected speeds are those of the"
              + " usual engine for device and precision, decode after a prompt of 512 tokens over"
              + " 128 generated ones, one sequence; low and high hold 80 % of the time for devices"
              + " that nobody calibrated. The bound is what no software can beat."),
          .table(Table(columns: Self.columns, rows: try headlines).grid),
          .figure(try RooflineGallery.overview, file: RooflineGallery.overviewName),
        ] + (try trust) + listing
      )
    }
  }

  // MARK: Headlines

  private static let questions: [(model: String, precision: String)] = [
    ("llama-2-7b", "q4_0"), ("llama-3-8b", "q4_k_m"),
  ]

  private static let devices = [
    "nvidia-a100-80gb-pcie", "nvidia-rtx-4090", "apple-m1-max-32-core-gpu",
    "apple-m2-max-38-core-gpu", "intel-xeon-platinum-8480plus", "raspberry-pi-5",
    "raspberry-pi-4",
  ]

  private var headlines: [ComparisonRow] {
    get throws {
      try Self.questions.flatMap { question in
        try ComparisonRows.all(
          models: [question.model], precisions: [question.precision], devices: Self.devices)
      }
    }
  }

  private static var columns: [Column<ComparisonRow>] {
    [
      .text("model", key: "model") { $0.model },
      .text("precision", key: "precision") { $0.precision },
      .text("device", key: "device") { $0.device },
      .number("memory", key: "total_bytes", style: .fixed("GB", per: 1e9)) {
        $0.estimate.memory.total.count
      },
      .number("at most", key: "bound", style: .fixed("tokens/s", per: 1)) {
        $0.estimate.decode?.bound.tokensPerSecond.finite
      },
      .number("expected", key: "expected", style: .fixed("tokens/s", per: 1)) {
        $0.expectation?.decode?.tokensPerSecond
      },
      .number("low", key: "low") { $0.expectation?.decode?.low },
      .number("high", key: "high") { $0.expectation?.decode?.high },
      .number("prefill expected", key: "prefill", style: .fixed("tokens/s", per: 1)) {
        $0.expectation?.prefill?.tokensPerSecond
      },
    ]
  }

  // MARK: Trust

  private var trust: [Document.Block] {
    get throws {
      let validation = try ValidatePublished()
      let held = validation.comparison.cases.count - validation.beyondBound.count
      let percent = { (share: Double) in "\(Figures.number(share * 100, digits: 2)) %" }
      let errors = validation.headlines.filter { $0.limit != nil }.map { subset in
        "\(subset.name): off by \(percent(subset.median)) in the median, 90 % below"
          + " \(percent(subset.percentile90)), \(subset.rows.count) rows of \(subset.devices)"
          + " devices"
      }
      return [
        .heading("How far to trust them", level: 2),
        .bullets(
          ["the bound holds for \(held) of \(validation.comparison.cases.count) published speeds"]
            + errors),
        .paragraph("Each device was left out of the fit before it was predicted."),
      ]
    }
  }

  // MARK: Files

  private var listing: [Document.Block] {
    [
      .heading("Computed", level: 2),
      .paragraph("'ridgeline report --all reports' writes all of these again, byte for byte."),
      .links(
        files.compactMap { file in
          file.summary.map { Document.Link(file.name, target: file.name, summary: $0) }
        }),
      .heading("Measured", level: 2),
      .links(others.map { Document.Link($0.name, target: $0.name, summary: $0.title) }),
      .heading("For your own questions", level: 2),
      .paragraph(
        "'ridgeline report --html report.html' writes a page that computes every model, precision"
          + " and device in the browser, without a network."),
    ]
  }
}
