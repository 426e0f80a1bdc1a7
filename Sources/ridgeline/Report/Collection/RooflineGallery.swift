import HardwareProfiles
import QuantizationFormats
import Reports
import Roofline
import TransformerModels
import Units

/// Rooflines of a model on devices from a data centre to a hobbyist's desk.
enum RooflineGallery {
  static let overviewName = "roofline-overview.svg"

  private static let devices = [
    "nvidia-a100-80gb-pcie", "apple-m2-max-38-core-gpu", "intel-xeon-platinum-8480plus",
    "raspberry-pi-5",
  ]
  private static let model = "llama-2-7b"
  private static let precision = "q4_0"

  static var files: [ReportCollection.File] {
    [
      ReportCollection.File(
        name: "rooflines.md", summary: "rooflines of Llama-2-7B, every operation in its place",
        contents: { try document.markdown() }),
      ReportCollection.File(
        name: overviewName, summary: nil, contents: { try overview.svg() }),
    ]
      + devices.map { device in
        ReportCollection.File(
          name: name(device), summary: nil,
          contents: { try PredictionCharts(predict(device)).roofline.svg() })
      }
  }

  private static func name(_ device: String) -> String { "roofline-\(device).svg" }

  private static func predict(_ device: String) throws -> Prediction {
    var command = PredictCommand()
    command.model = model
    command.precision = precision
    command.device = device
    return try command.predict()
  }

  private static var document: Document {
    get throws {
      var blocks: [Document.Block] = [
        .heading("Rooflines of Llama-2-7B, q4_0", level: 1),
        .paragraph(
          "Each point is an operation of prefill (512 tokens) or decode: its operations for each byte"
            + " that it moves, and the rate at which the roofline lets it run. Large points are whole"
            + " phases, at their bound and as expected of the usual engine. Left of the ridge memory"
            + " decides, right of it arithmetic."),
        .figure(try overview, file: overviewName),
      ]
      for device in devices {
        let prediction = try predict(device)
        blocks += [
          .heading(prediction.profile.name, level: 2),
          .paragraph(Verdict(prediction).text),
          .figure(PredictionCharts(prediction).roofline, file: name(device)),
        ]
      }
      return Document(blocks)
    }
  }

  /// All devices in one picture, with the bounds of prefill and decode.
  static var overview: Chart {
    get throws {
      let predictions = try devices.map(predict)
      let ceilings = predictions.map { prediction in
        let chart = RooflineCeilings(prediction.profile, prediction.device).chart
        return Chart.Ceilings(
          device: prediction.profile.name, bandwidths: Array(chart.bandwidths.prefix(1)),
          peaks: Array(chart.peaks.prefix(1)))
      }
      let work = predictions.enumerated().flatMap { index, prediction -> [Chart.Work] in
        [("prefill", prediction.estimate.prefill), ("decode", prediction.estimate.decode)]
          .compactMap { name, phase in
            guard let phase else { return nil }
            let count = phase.cost.matrixOperations.count
            return Chart.Work(
              device: index,
              detail: "\(prediction.profile.name), \(name): at most"
                + " \(Figures.tokensPerSecond(phase.bound.tokensPerSecond))",
              intensity: count / phase.cost.compulsoryTraffic.count,
              rate: count / phase.bound.seconds.value)
          }
      }
      return Chart.roofline(
        title: "Llama-2-7B, q4_0: decode (left) and prefill (right) on four devices",
        description:
          "Rooflines of \(predictions.map(\.profile.name).joined(separator: ", ")): decode"
          + " lies under the slopes, bound by memory; prefill at the roofs, bound by arithmetic.",
        devices: ceilings, work: work)
    }
  }
}
