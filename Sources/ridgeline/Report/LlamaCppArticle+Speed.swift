import HardwareProfiles
import QuantizationFormats
import Reports
import Roofline
import TransformerModels
import Units

// The article's latencies and rates beside ours.

extension LlamaCppArticle {
  /// The bound of one decode step at one token of context.
  private func bound(_ model: Model, _ precision: String, on profile: HardwareProfile) throws
    -> Estimate
  {
    let precision = try PrecisionCatalog.precision(precision)
    let estimator = try Estimator(
      plan: OperationPlan(model: model.entry.model, precision: precision),
      device: try Device(profile, precision: precision))
    return estimator.estimate(try Workload(prompt: 0, generate: 0, context: 1))
  }

  var criticalBatch: [Document.Block] {
    get throws {
      let rows = try [
        ("fp16 weights, fp16 products", "f16", "161"),
        ("4-bit weights, fp16 products", "w4a16", ""),
        ("int8 weights and products", "w8a8", ""),
        ("q4_0 as ggml multiplies it, int8", "q4_0", ""),
      ].map { name, precision, article in
        let batch = try bound(models[0], precision, on: a100).criticalBatch
        return [name, article, batch.map { QuantityStyle.plain.text($0, digits: 4) } ?? ""]
      }
      return [
        .heading("Batch at which compute becomes the limit, A100 80GB PCIe", level: 2),
        .paragraph(
          "312e12 / 1.935e12 = 161 is right for fp16. In general it is rate x bytes per weight /"
            + " (2 x bandwidth): fewer bytes lower it. With the article's own memory term, twice"
            + " too long, it would be 322."),
        .table(Self.grid(["what", "article", "ours"], rows)),
      ]
    }
  }

  var latencies: [Document.Block] {
    get throws {
      let articles = [
        [28.94, 14.47, 7.24, 3.62], [53.75, 26.87, 13.44, 6.72],
        [134.37, 67.18, 33.59, 16.80], [269.56, 134.78, 67.39, 33.70],
      ]
      let precisions = ["w32a16", "w16a16", "int8", "int4"]
      var rows: [[String]] = []
      for (model, printed) in zip(models, articles) {
        for (precision, (name, article)) in zip(
          precisions, zip(["fp32", "fp16", "int8", "int4"], printed))
        {
          let estimate = try bound(model, precision, on: a100)
          guard let decode = estimate.decode else { continue }
          let ours = decode.memoryTime.milliseconds
          rows.append([
            model.name, name, Self.plain(article, 5), Self.plain(ours, 4),
            Self.plain(article / ours),
          ])
        }
      }
      return [
        .heading("Milliseconds per token on an A100 80GB PCIe", level: 2),
        .paragraph(
          "Twice too long by the double count. The rest of the ratio is the rounded parameter"
            + " count, and the input embedding, of which a token reads one row."),
        .table(
          Self.grid(
            ["model", "weights", "article (ms)", "ours (ms)", "article / ours"], rows,
            leftAligned: [0, 1])),
      ]
    }
  }

  /// One of the article's statements about a device.
  private struct Statement {
    let device: String
    let model: Int
    let article: String
    let explanation: String
  }

  private static let statements = [
    Statement(
      device: "nvidia-a100-80gb-pcie", model: 3, article: "30",
      explanation: "half, by the double count"),
    Statement(
      device: "nvidia-a100-80gb-pcie", model: 0, article: "277",
      explanation: "half, by the double count"),
    Statement(
      device: "apple-m1-8-core-gpu", model: 3, article: "1",
      explanation: "half; and 32.6 GB do not fit any M1"),
    Statement(
      device: "apple-m1-8-core-gpu", model: 0, article: "10",
      explanation: "half; the 5.5 TFLOPS quoted for it are those of an M1 Max, an M1 has 2.6"),
    Statement(
      device: "apple-m2-pro-19-core-gpu", model: 0, article: "",
      explanation: "the article gives the bandwidth only, 200 GB/s, rounded"),
    Statement(
      device: "apple-m2-pro-19-core-gpu", model: 3, article: "",
      explanation: "does not fit"),
    Statement(
      device: "apple-m2-max-38-core-gpu", model: 3, article: "6",
      explanation: "half, by the double count"),
    Statement(
      device: "apple-m2-max-38-core-gpu", model: 0, article: "",
      explanation: "an owner reported about 16 on an M2 MacBook Pro"),
    Statement(
      device: "raspberry-pi-4", model: 0, article: "2",
      explanation: "no memory formula gives 2; 13.5 GFLOPS over 7e9 at one FLOP per parameter does."
        + " The article takes 4 GB/s, what one thread reads, not the 12.8 of the datasheet"),
    Statement(
      device: "raspberry-pi-4", model: 3, article: "",
      explanation: "does not fit; the 0.1 tokens/s measured for 7B came from a 4 GB board that"
        + " was swapping"),
  ]

  var devices: [Document.Block] {
    get throws {
      let rows = try Self.statements.map { statement in
        let profile = try DeviceSelection.profile(statement.device)
        let model = models[statement.model]
        let nominal = try bound(model, "int4", on: profile)
        let real = try bound(model, "q4_0", on: profile)
        return [
          "\(model.name) on \(profile.name)", statement.article, Self.rate(nominal),
          Self.rate(real), real.memory.fits.map { $0 ? "yes" : "no" } ?? "", statement.explanation,
        ]
      }
      return [
        .heading("Tokens per second", level: 2),
        .paragraph(
          "Bounds at one token of context, with 4 bits flat as the article computes and with q4_0"
            + " as llama.cpp stores it. \"Fits\" is for q4_0 and the largest memory the device is"
            + " sold with, of which an Apple GPU may use two thirds or three quarters."),
        .table(
          Self.grid(
            ["model and device", "article", "int4 bound", "q4_0 bound", "fits", "why they differ"],
            rows, leftAligned: [0, 4, 5])),
      ]
    }
  }

  var conclusion: [Document.Block] {
    [
      .heading("What remains of the article", level: 2),
      .bullets([
        "Its conclusion stands: decoding is bound by memory, so fewer bits mean more tokens per"
          + " second, and a laptop with 400 GB/s is a fifth as fast as an A100, not a hundredth.",
        "Its rates are half of the bounds. That they resemble measured speeds is an accident:"
          + " engines of the time reached about half of the bandwidth.",
        "\"fp32 to fp16 to int8 to int4 each double the FLOP/s\" holds for tensor cores from TF32"
          + " on. Apple GPUs multiply fp16 no faster than fp32, and a Cortex-A72 has neither fp16"
          + " arithmetic nor an int8 dot product.",
      ]),
    ]
  }

  private static func rate(_ estimate: Estimate) -> String {
    estimate.decode.map { plain($0.bound.tokensPerSecond) } ?? ""
  }

  private static func plain(_ value: Double, _ digits: Int = 3) -> String {
    QuantityStyle.plain.text(value, digits: digits)
  }
}
