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

  /// A report with the times in `results`, which may be none.
  init(results: [KernelResult], shape: LayerShape = LayerShape()) {
    self.results = results.filter { $0.kernelCase.threads == 1 && $0.timing != nil }
    self.shape = shape
  }

  /// One system with what is known of it.
  private struct Row {
    let system: QuantizationSystem
    let bitsPerWeight: Double?
    let memory: Bytes?
    let errors: [Double]
    let times: [Int: Time]
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
      return Document(introduction + [.table(table(rows).grid)] + Self.findings(rows))
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
          + " int4-g128 executes GPTQ, AWQ and OmniQuant with int8 activations, llm-int8 executes"
          + " everything with a scale per row, without the decomposition of outliers."),
      .paragraph(
        "Errors are the norm of the error of a layer's output over that of the output in double"
          + " precision, for \(shape.outputs) outputs, \(shape.inputs) inputs, \(shape.tokens) tokens"
          + " that calibration has not seen. Weights are normal with deviation 0.02; activations are"
          + " normal; correlated, each 0.96 of a mix of a sixteenth as many factors and 0.28 noise,"
          + " channels falling in size from 2 to 0.2; or normal with one channel in 64 around 20."
          + " Weight-only systems multiply floats here. The seed is 42."),
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
      times: times(system.kernelFormat))
  }

  private func times(_ format: String?) -> [Int: Time] {
    guard let format = KernelRegistry.formats.first(where: { $0.id == format }) else { return [:] }
    var times: [Int: Time] = [:]
    for result in results {
      let item = result.kernelCase
      guard item.format == format.id, item.rows == Self.rows, item.columns == Self.columns,
        let timing = result.timing, let measured = timing.samples.median
      else { continue }
      let bytes = format.bytes(rows: item.rows, columns: item.columns).count
      let memory = timing.ceiling(.read)?.median.map { bytes / $0 }
      let compute = timing.arithmeticPeak?.median.map { item.operations / $0 }
      let predicted = memory.flatMap { memory in compute.map { max(memory, $0) } }
      times[item.tokens] = Time(predicted: predicted, measured: measured)
    }
    return times
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
      }
    }
    for (index, kind) in SyntheticLayer.Kind.allCases.enumerated() {
      columns.append(
        .number("error, \(kind.rawValue)", key: "error_\(kind.rawValue)", style: .percent) {
          $0.errors[index]
        })
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
