import CommandLineKit
import HardwareProfiles
import QuantizationFormats
import Reports
import Roofline
import TransformerModels
import Units

/// The figures of "How is LLaMa.cpp possible?" (finbarr.ca, 2023) beside ours, with reasons.
///
/// The article's figures are typed in here as printed; ours are computed.
struct LlamaCppArticle {
  /// One of the article's four models.
  struct Model {
    let name: String
    let entry: CatalogEntry
    /// Parameters as the article rounds them.
    let nominal: Double

    init(_ name: String, id: String, nominal: Double) throws {
      self.name = name
      self.nominal = nominal
      entry = try ModelCatalog.entry(named: id)
    }
  }

  let models: [Model]
  let a100: HardwareProfile

  init() throws {
    models = [
      try Model("7B", id: "llama-7b", nominal: 7e9),
      try Model("13B", id: "llama-13b", nominal: 13e9),
      try Model("32.5B", id: "llama-30b", nominal: 32.5e9),
      try Model("65.2B", id: "llama-65b", nominal: 65.2e9),
    ]
    a100 = try DeviceSelection.profile("nvidia-a100-80gb-pcie")
  }

  var document: Document {
    get throws {
      Document(
        try introduction + parameters + cache + weights + criticalBatch + latencies + devices
          + conclusion)
    }
  }

  private var introduction: [Document.Block] {
    [
      .heading("\"How is LLaMa.cpp possible?\" beside Ridgeline", level: 1),
      .paragraph(
        "The article explains with four formulas why a 65 billion parameter model can run on a"
          + " laptop. This report puts its printed figures beside ours and explains every"
          + " difference. The command 'ridgeline report llama-cpp-article' writes it; a test compares"
          + " its output with the committed file."),
      .bullets([
        "Ours are bounds: compulsory traffic at theoretical bandwidth, batch 1, one token of"
          + " context, no engine losses.",
        "fp32, fp16, int8 and int4 here store every parameter at just that many bits, as in the"
          + " article; q4_0 is the format that llama.cpp really uses, 4.5 bits with its scales and"
          + " a q6_K output head.",
        "The article's memory term is 2 P n_bytes / bandwidth. The 2 of kipply's formula, which it"
          + " adapts, already is the two bytes of fp16, so the article counts bytes twice: its"
          + " memory-bound times are twice too long, its rates half of what they should be.",
      ]),
    ]
  }

  // MARK: Sizes

  private var parameters: [Document.Block] {
    [
      .heading("Parameters", level: 2),
      .paragraph(
        "The article's P = n (4 d^2 + 8 d^2) + V d is for a plain feed-forward network of width 4d"
          + " and one embedding. LLaMA has a gated one of about 2.69 d, which costs 8.06 d^2, and"
          + " two embeddings."),
      .table(
        Table(
          columns: [
            .text("model", key: "model") { $0.name },
            .number("article's formula", key: "formula", style: .spelled(), digits: 5) {
              Self.formula($0.entry.model)
            },
            .integer("exact", key: "exact", digits: 20) { $0.entry.model.parameters },
            .number("formula / exact", key: "ratio", style: .percent) {
              Self.formula($0.entry.model) / Double($0.entry.model.parameters)
            },
          ], rows: models
        ).grid),
    ]
  }

  private static func formula(_ model: TransformerModel) -> Double {
    let width = Double(model.width)
    let block = 4 * width * width + 2 * 4 * width * width
    return Double(model.layerCount) * block + Double(model.embedding.vocabularyRows) * width
  }

  private var cache: [Document.Block] {
    struct Row {
      let bits: String
      let article: String
      let bytes: Double
    }
    let perToken = Double(models[3].entry.model.keyValueElementsPerToken)
    let rows = [(16, "5.3 GB (draft)"), (8, "2.65 GB (draft)"), (4, "1.33 GB")].map {
      Row(bits: "\($0.0)", article: $0.1, bytes: perToken * 2048 * Double($0.0) / 8)
    }
    return [
      .heading("KV cache", level: 2),
      .paragraph(
        "n_blocks x n_bytes x 2 x d for each token: right for LLaMA, which shares no key-value"
          + " heads. The printed 1.33 GB is the 65B model with 2,048 tokens at 4 bits. llama.cpp"
          + " kept an f32 cache when the article appeared, 10.7 GB, and the 16.25 GB of weights"
          + " that the article compares it with are those of the 32.5B model."),
      .table(
        Table(
          columns: [
            .text("bits", key: "bits") { $0.bits },
            .text("article, 65B at 2,048", key: "article") { $0.article },
            .number("ours", key: "bytes", style: .bytesDecimal, digits: 4) { $0.bytes },
            .number("in GiB", key: "gib", style: .bytesBinary, digits: 4) { $0.bytes },
          ], rows: rows
        ).grid),
    ]
  }

  private var weights: [Document.Block] {
    get throws {
      let articles = [
        ["28", "14", "7", "3.5"], ["52", "26", "13", "6.5"], ["130", "65", "32.5", "16.25"],
        ["260.8", "130.4", "65.2", "32.6"],
      ]
      let precisions = try ["w32a16", "w16a16", "int8", "int4", "q4_0"].map(
        PrecisionCatalog.precision)
      let rows = models.enumerated().map { index, model in
        [model.name] + articles[index].map { "\($0)" }
          + precisions.map { precision in
            let plan = OperationPlan(model: model.entry.model, precision: precision)
            return QuantityStyle.fixed("", per: 1e9).text(plan.weights.count, digits: 4)
          }
      }
      return [
        .heading("Weights (GB)", level: 2),
        .paragraph(
          "The article multiplies rounded parameter counts. 7B has 6.74 billion parameters, 3.7 %"
            + " fewer; the others are within 0.2 %. Real 4-bit weights carry scales."),
        .table(
          Self.grid(
            [
              "model", "fp32, article", "fp16, article", "int8, article", "int4, article",
              "fp32", "fp16", "int8", "int4", "q4_0",
            ], rows)),
      ]
    }
  }

  /// A table of finished cells.
  static func grid(
    _ headings: [String], _ rows: [[String]], leftAligned: Set<Int> = [0]
  ) -> TableGrid {
    let columns: [Column<[String]>] = headings.enumerated().map { index, heading in
      let alignment: Alignment = leftAligned.contains(index) ? .left : .right
      return Column(heading, key: "\(index)", alignment: alignment) {
        .text($0[index])
      }
    }
    return Table(columns: columns, rows: rows).grid
  }
}
