import CommandLineKit
import HardwareProfiles
import QuantizationFormats
import ReportPage
import Reports
import Roofline
import TransformerModels

/// The interactive page for lists of models, precisions and devices.
struct PredictionPage {
  /// The lists as the user wrote them; empty ones mean all models, the usual precisions, all
  /// devices.
  struct Lists {
    var models: [String] = []
    var precisions: [String] = []
    var devices: [String] = []
    var kvPrecision: String?
    var engine: String?
  }

  /// What a page offers unless told otherwise: one of each kind that people download or serve.
  static let usualPrecisions = [
    "f16", "bf16", "fp8", "q8_0", "q6_k", "q5_k_m", "q4_k_m", "q4_0", "iq4_xs", "q3_k_m", "q2_k",
    "mxfp4", "llm-int8", "nf4", "gptq-4bit-g128", "awq-4bit-g128", "smoothquant-o3", "w4a8kv4",
    "rptq-w4a4", "omniquant-w4a4",
  ]

  /// What is shown first where the lists have it.
  private static let usual = (
    model: "llama-3-8b", precision: "q4_k_m", device: "nvidia-rtx-4090"
  )

  private let request: PageData.Request
  private let lists: Lists

  init(_ lists: Lists, workload: Workload) throws {
    self.lists = lists
    let selections = try ModelSelection.selections(lists.models.isEmpty ? ["all"] : lists.models)
    let names = lists.precisions.isEmpty ? Self.usualPrecisions : lists.precisions
    let precisions = try PrecisionSelection.precisions(names, kvCache: lists.kvPrecision)
    let profiles = try DeviceSelection.profiles(lists.devices.isEmpty ? ["all"] : lists.devices)
    var request = PageData.Request(
      models: selections, precisions: precisions, profiles: profiles,
      engine: try EngineSelection(lists.engine), workload: workload)
    request.selected = (
      selections.firstIndex { $0.model.id == Self.usual.model } ?? 0,
      precisions.firstIndex { $0.id == Self.usual.precision } ?? 0,
      profiles.firstIndex { $0.id == Self.usual.device } ?? 0
    )
    request.filter = selections.count > 1 ? selections[request.selected.model].model.id : ""
    self.request = request
  }

  /// The page as one HTML file.
  func html() throws -> String {
    let page = ReportPage(
      title: "How fast will it run?", data: try PageData(request).value,
      document: try opening,
      footer: "Written by ridgeline \(RidgelineProgram.program.version). Bounds are datasheet peaks"
        + " and compulsory traffic; expected speeds are fitted to published measurements, and"
        + " their intervals hold 80 % of the time for devices that were left out of the fit.")
    return try page.html()
  }

  /// The first selection, for readers without scripts.
  private var opening: Document {
    get throws {
      var command = PredictCommand()
      let model = request.selected.model
      command.model =
        lists.models.isEmpty || lists.models == ["all"]
        ? request.models[model].model.id : lists.models[model]
      command.precision = request.precisions[request.selected.precision].id
      command.kvPrecision = lists.kvPrecision
      let device = request.selected.device
      command.device =
        lists.devices.isEmpty || lists.devices == ["all"]
        ? request.profiles[device].id : lists.devices[device]
      command.engine = lists.engine
      command.workload = WorkloadOptions(
        batch: request.workload.batch, prompt: request.workload.prompt,
        generate: request.workload.generate, context: request.workload.context)
      let prediction = try command.predict()
      let charts = PredictionCharts(prediction)
      return Document(
        PredictionDocument(prediction, operations: false, explain: false).document.blocks
          + [.figure(charts.roofline, file: ""), .figure(charts.memory, file: "")])
    }
  }
}
