import BenchmarkSuites
import CommandLineKit
import Kernels
import Measurement
import QuantizationFormats
import QuantizationSystems
import Reports
import Roofline
import TransformerModels
import Units

/// `reports/quantization-systems.md`: what each way to quantize costs and loses.
///
/// Errors are computed whenever the report is written and are the same every time; times come from
/// results files of `ridgeline bench quantization-systems`.
struct QuantizationSystemsReport {
  /// The shape of the layers whose error is computed.
  struct LayerShape {
    var outputs = 48
    var inputs = 256
    var tokens = 320
  }

  private static let model = "llama-2-7b"
  private static let rows = 4096
  private static let columns = 4096

  private let shape: LayerShape
  private let results: [KernelResult]
  /// The error of each system on a real layer, and which layer that is.
  private let layerErrors: [String: Double]
  private let layerName: String?
  private let peers: [PeerMeasurements]

  /// A report with the times in `results`, which may be none.
  init(
    results: Results<KernelResult>, peers: [PeerMeasurements] = [],
    shape: LayerShape = LayerShape()
  ) {
    let all = results.entries.map(\.payload)
    self.results = all.filter { $0.kernelCase.threads == 1 && $0.timing != nil }
    let layer = results.entries.filter { $0.payload.kernelCase.distribution == .layer }
    layerErrors = Dictionary(
      layer.map { ($0.payload.kernelCase.format, $0.payload.loss?.productRelativeError ?? 0) },
      uniquingKeysWith: { $1 })
    layerName = layer.last?.run.suite
    self.peers = peers
    self.shape = shape
  }

  /// One system with what is known of it.
  private struct Row {
    let system: QuantizationSystem
    let bitsPerWeight: Double?
    let memory: Bytes?
    let errors: [Double]
    let times: [Int: Time]
    let layerError: Double?
    let peers: [Int: PeerCase]
  }

  /// A product of 4096 x 4096 weights.
  private struct Time {
    let predicted: Double?
    let measured: Double
  }

  var document: Document {
    get throws {
      let layers = SyntheticLayer.Kind.allCases.map {
        SyntheticLayer(
          outputs: shape.outputs, inputs: shape.inputs, tokens: shape.tokens, kind: $0)
      }
      let rows = try QuantizationSystem.all.map { system in
        try row(system, errors: layers.map { try system.error(on: $0) })
      }
      return Document(
        introduction + [.table(table(rows).grid)] + Self.findings(rows) + peerFindings(rows))
    }
  }

  private var introduction: [Document.Block] {
    [
      .heading("Every quantization system people choose between", level: 1),
      .paragraph(
        "Written by 'ridgeline report quantization-systems', with the times of results files named"
          + " behind it. Memory is that of \(Self.model)'s weights at the system's precision."
          + " Times are one product of \(Self.rows) x \(Self.columns) weights on one thread, weights"
          + " from memory; predicted from the bytes of the format and the operations, at the"
          + " bandwidth and the peak probed beside the kernel. Systems of one format share a kernel:"
          + " int4-g128 executes GPTQ, AWQ and OmniQuant's weight-only schemes with int8 activations."
          + " LLM.int8() looks for outliers in every product and finds them in one column of 512."),
      .paragraph(
        "Errors are the norm of the error of a layer's output over that of the output in double"
          + " precision, for \(shape.outputs) outputs, \(shape.inputs) inputs, \(shape.tokens) tokens"
          + " that calibration has not seen. Weights are normal with deviation 0.02; activations are"
          + " normal; correlated, each 0.96 of a mix of a sixteenth as many factors and 0.28 noise,"
          + " channels falling in size from 2 to 0.2; or normal with one channel in 64 around 20."
          + " Weight-only systems multiply floats here. The seed is 42."
          + (layerName.map {
            " The real layer is the first 32 outputs of \($0), as its file stores it, with"
              + " correlated activations."
          } ?? "")),
    ]
  }

  private func row(_ system: QuantizationSystem, errors: [Double]) throws -> Row {
    var bits: Double?
    var memory: Bytes?
    if let id = system.precision {
      let selection = try ModelSelection(Self.model)
      let chosen = try PrecisionSelection.precision(id, kvCache: nil, for: selection)
      bits = chosen.precision.weights.linearFormat.bitsPerWeight(columns: Self.columns)
      memory = selection.plan(at: chosen).weights
    }
    return Row(
      system: system, bitsPerWeight: bits, memory: memory, errors: errors,
      times: times(system.kernelFormat), layerError: layerErrors[system.id],
      peers: bestPeers(system.kernelFormat))
  }

  private func times(_ format: String?) -> [Int: Time] {
    guard let format else { return [:] }
    var times: [Int: Time] = [:]
    for result in results {
      let item = result.kernelCase
      guard item.format == format, item.rows == Self.rows, item.columns == Self.columns,
        let timing = result.timing, let measured = timing.samples.median
      else { continue }
      let memory = timing.ceiling(.read)?.median.map { bytes(item) / $0 }
      let compute = timing.arithmeticPeak?.median.map { item.operations / $0 }
      let predicted = memory.flatMap { memory in compute.map { max(memory, $0) } }
      times[item.tokens] = Time(predicted: predicted, measured: measured)
    }
    return times
  }

  /// What other libraries call the weights of a kernel, however these meet activations.
  private static let peerFormats = [
    "int4-g128": ["int4 g128"], "int8-rowsum": ["llm-int8"], "llm-int8": ["llm-int8"],
  ]

  /// The fastest product of the same weights by another library, for each number of tokens.
  private func bestPeers(_ format: String?) -> [Int: PeerCase] {
    guard let format else { return [:] }
    let name = String(format.prefix { $0 != "+" })
    let names = Self.peerFormats[name] ?? [name]
    let same = peers.flatMap(\.cases).filter {
      names.contains($0.plainFormat) && $0.m == Self.rows && $0.k == Self.columns
        && $0.threads == 1
    }
    return Dictionary(grouping: same, by: \.n).compactMapValues { cases in
      cases.min { $0.median < $1.median }
    }
  }

  /// The bytes of the format that a case reads.
  private func bytes(_ item: KernelCase) -> Double {
    MeasuredFormats.storage(item.format)?.bytes(rows: item.rows, columns: item.columns).count ?? 0
  }

  private func table(_ rows: [Row]) -> Table<Row> {
    var columns: [Column<Row>] = [
      .text("system", key: "system") { $0.system.name },
      .number("bits per weight", key: "bits_per_weight", digits: 4) { $0.bitsPerWeight },
      .number("memory", key: "memory_bytes", style: .fixed("GB", per: 1e9)) { $0.memory?.count },
    ]
    if !results.isEmpty {
      for tokens in [1, 512] {
        columns += [
          .number("predicted n=\(tokens)", key: "predicted_\(tokens)", style: .seconds) {
            $0.times[tokens]?.predicted
          },
          .number("measured n=\(tokens)", key: "measured_\(tokens)", style: .seconds) {
            $0.times[tokens]?.measured
          },
        ]
        guard !peers.isEmpty else { continue }
        columns.append(
          .number("best peer n=\(tokens)", key: "peer_\(tokens)", style: .seconds) {
            $0.peers[tokens]?.median
          })
      }
    }
    for (index, kind) in SyntheticLayer.Kind.allCases.enumerated() {
      columns.append(
        .number("error, \(kind.rawValue)", key: "error_\(kind.rawValue)", style: .percent) {
          $0.errors[index]
        })
    }
    if !layerErrors.isEmpty {
      columns.append(
        .number("error, real layer", key: "error_layer", style: .percent) { $0.layerError })
    }
    return Table(columns: columns, rows: rows)
  }

  /// Pairs of which the first claims to beat the second on a kind of activations.
  private static let claims: [(better: String, worse: String, kind: SyntheticLayer.Kind)] = [
    ("gptq-4bit-g128", "rtn-4bit", .correlated), ("gptq-3bit-g128", "rtn-3bit", .correlated),
    ("gptq-2bit-g128", "rtn-2bit", .correlated), ("awq-4bit", "rtn-4bit", .outliers),
    ("omniquant-w4a16", "rtn-4bit", .correlated), ("omniquant-w3a16", "rtn-3bit", .correlated),
    ("omniquant-w2a16", "rtn-2bit", .correlated), ("llm-int8", "int8-tensor", .outliers),
    ("smoothquant-o3", "int8-tensor", .outliers), ("omniquant-w6a6", "rtn-w6a6", .outliers),
    ("omniquant-w4a4", "rtn-w4a4", .outliers), ("rptq-w4a4", "static-w4a4", .outliers),
  ]

  /// Which library was the fastest at each product, and how ours compares.
  private func peerFindings(_ rows: [Row]) -> [Document.Block] {
    var seen: Set<String> = []
    let lines = rows.flatMap { row in
      [1, 512].compactMap { tokens -> String? in
        guard let format = row.system.kernelFormat, let peer = row.peers[tokens],
          let own = row.times[tokens]?.measured, seen.insert("\(format) \(tokens)").inserted
        else { return nil }
        return "\(format), \(tokens) token\(tokens == 1 ? "" : "s"):"
          + " \(Figures.number(peer.median / own, digits: 3)) times as fast as"
          + " \(peer.peer) \(peer.format)"
      }
    }
    guard !lines.isEmpty else { return [] }
    let names = Set(peers.map(\.peer.name)).sorted().joined(separator: ", ")
    return [
      .heading("Beside other libraries", level: 2),
      .paragraph(
        "The fastest of \(names) that multiplies weights of the same width and grouping, measured on"
          + " the same machine in windows of its own: see Benchmarks/peers/README.md."),
      .bullets(lines),
    ]
  }

  private static func findings(_ rows: [Row]) -> [Document.Block] {
    func row(_ id: String) -> Row? { rows.first { $0.system.id == id } }
    let lines = claims.compactMap { claim -> String? in
      guard let better = row(claim.better), let worse = row(claim.worse),
        let index = SyntheticLayer.Kind.allCases.firstIndex(of: claim.kind)
      else { return nil }
      let ratio = better.errors[index] / worse.errors[index]
      return "\(better.system.name): \(Figures.number(ratio, digits: 2)) times the error of"
        + " \(worse.system.name), \(claim.kind.rawValue) activations"
    }
    return [.heading("What each method claims to beat", level: 2), .bullets(lines)]
  }
}

extension WeightScheme {
  /// The format of the linear layers.
  fileprivate var linearFormat: StorageFormat {
    switch self {
    case .everyTensor(let format), .linearLayers(let format, rest: _),
      .routedExperts(let format, rest: _):
      format
    case .ggml(let mix): mix.base
    }
  }
}
