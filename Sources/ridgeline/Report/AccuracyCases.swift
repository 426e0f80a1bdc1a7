import Engines
import HardwareProfiles
import PublishedMeasurements
import QuantizationFormats
import Reports
import Roofline
import TransformerModels
import Units

/// Devices that deserve a paragraph, and questions that users of other tools asked.
struct AccuracyCases {
  private let rows: [JudgedRow]

  init(_ validation: ValidatePublished) { rows = validation.accuracy.rows }

  var blocks: [Document.Block] {
    get throws {
      try devices + [.heading("Questions that users of other estimators asked", level: 2)]
        + (try questions)
    }
  }

  // MARK: Devices

  private struct Case {
    let title: String
    let prefix: String
    let family: EngineFamily
    let reasons: String
  }

  private static let cases = [
    Case(
      title: "Raspberry Pi 5", prefix: "raspberry-pi-5", family: .cpuDecode,
      reasons:
        "The rows with one and two threads are bound by the cores: an A76 multiplies about two"
        + " weights per clock in builds without repacked weights. With all threads memory decides,"
        + " and more threads lower its bandwidth, which the model has no term for. Lookup tables"
        + " (T-MAC) beat the class by far and are a class of their own."),
    Case(
      title: "A100 PCIe", prefix: "nvidia-a100-80gb-pcie", family: .llamaCppDecode,
      reasons:
        "Builds of 2024 reach under half of the bandwidth: the fp16 kernel keeps too few loads in"
        + " flight for HBM, and unpacking is bound by the clock of 108 SMs rather than by memory."
        + " With the card left out only the H100 speaks for its class, hence the errors of both"
        + " signs."),
    Case(
      title: "Apple M1 family", prefix: "apple-m1", family: .llamaCppDecode,
      reasons:
        "Simple formats are close on every chip but the Ultra. The M1 Max's K-quant and 70B rows are a quarter to"
        + " a half slower than the 7-core M1 at the same work per core and byte, so no shared"
        + " constant can serve both; 70B also fills most of its memory. The Ultra pays for its two"
        + " dies, which one term for wide chips shares out too thinly."),
    Case(
      title: "Apple M2 family", prefix: "apple-m2", family: .llamaCppDecode,
      reasons:
        "The best-covered family: errors grow only with context on the Ultra, whose unfused"
        + " attention does not gain from the second die."),
  ]

  private var devices: [Document.Block] {
    get throws {
      var blocks: [Document.Block] = [.heading("Device by device", level: 2)]
      for entry in Self.cases {
        let own = rows.filter {
          $0.published.profile.id.hasPrefix(entry.prefix) && $0.family == entry.family
        }
        blocks += [
          .heading(entry.title, level: 3), .paragraph(entry.reasons),
          .table(Table(columns: JudgedRow.columns, rows: Self.condensed(own)).grid),
        ]
      }
      return blocks + (try unseen)
    }
  }

  /// Each device, model, precision, engine and context once.
  private static func condensed(_ rows: [JudgedRow]) -> [JudgedRow] {
    var seen: Set<String> = []
    return rows.filter { row in
      let published = row.published
      return seen.insert(
        "\(published.profile.id) \(published.plan.model.id) \(published.plan.precision.id)"
          + " \(published.row.engine) \(published.row.threads ?? 0) \(published.row.meanContext)"
      ).inserted
    }
  }

  // MARK: Devices without rows in the table

  /// A speed published for a device that the table lacks.
  private struct Unseen {
    let device: String
    let model: String
    let precision: String
    let engine: String
    let threads: Int?
    let context: Int
    let measured: Double
    let source: String
  }

  private static let unseenRows = [
    Unseen(
      device: "raspberry-pi-400", model: "llama-3.2-3b", precision: "q4_k_m",
      engine: "llama.cpp", threads: 4, context: 128, measured: 1.60,
      source: "geerlingguy, Ollama's default quantization, taken for Q4_K_M"),
    Unseen(
      device: "intel-xeon-platinum-8480plus", model: "llama-2-7b", precision: "q4_k_m",
      engine: "llama.cpp", threads: 22, context: 256, measured: 21.59,
      source: "c3-highcpu-44: half a Sapphire Rapids socket, icx and MKL"),
    Unseen(
      device: "intel-xeon-platinum-8480plus", model: "llama-2-7b", precision: "w8a16",
      engine: "ipex", threads: 32, context: 640, measured: 1000.0 / 39,
      source: "m7i.16xlarge: 32 cores, IPEX 2.1, int8, 39 ms a token"),
    Unseen(
      device: "intel-xeon-platinum-8480plus", model: "mistral-7b-v0.1",
      precision: "awq-4bit-g128", engine: "ipex", threads: 48, context: 48, measured: 28.46,
      source: "48 cores of Sapphire Rapids, AutoAWQ over IPEX"),
  ]

  private struct UnseenResult {
    let row: Unseen
    let expected: ExpectedSpeed
  }

  private var unseen: [Document.Block] {
    get throws {
      let results = try Self.unseenRows.map { row in
        UnseenResult(
          row: row,
          expected: try Self.expected(
            row.device, row.model, row.precision, engine: row.engine, context: row.context,
            threads: row.threads))
      }
      return [
        .heading("Raspberry Pi 4 and Sapphire Rapids", level: 3),
        .paragraph(
          "The table has no row of either, so these are predictions for unknown classes, with"
            + " intervals to match; the measurements were read elsewhere and fitted nowhere. The"
            + " Pi 400 is the Pi 4 at 1.8 GHz: Cortex-A72 cores without dot products behind 4.3"
            + " GB/s. The Xeons of the cloud are shares of a socket, their memory channels unknown;"
            + " IPEX and ITREX multiply with AMX, which decode cannot use: memory and NUMA placement"
            + " decide, and the profile's 165 GB/s is a two-socket figure."),
        .table(
          Table(
            columns: [
              .text("device", key: "device") { $0.row.device },
              .text("model", key: "model") { $0.row.model },
              .text("precision", key: "precision") { $0.row.precision },
              .text("engine", key: "engine") { $0.row.engine },
              .number("measured", key: "measured") { $0.row.measured },
              .number("predicted", key: "predicted") { $0.expected.tokensPerSecond },
              .number("low", key: "low") { $0.expected.low },
              .number("high", key: "high") { $0.expected.high },
              .text("measured on", key: "source") { $0.row.source },
            ], rows: results
          ).grid),
      ]
    }
  }

  static func expected(
    _ device: String, _ model: String, _ precision: String, engine: String? = nil,
    context: Int = 256, threads: Int? = nil, measured: [MeasuredSpeed] = []
  ) throws -> ExpectedSpeed {
    var command = PredictCommand()
    command.device = device
    command.model = model
    command.precision = precision
    command.engine = engine
    command.threads = threads
    command.measured = measured
    command.workload.prompt = 0
    command.workload.context = context
    guard let speed = try command.predict().expectation?.decode else {
      throw UnknownSpeed(device: device)
    }
    return speed
  }

  struct UnknownSpeed: Error, CustomStringConvertible {
    let device: String
    var description: String { "no expected speed for \(device)" }
  }

  // MARK: Questions

  private var questions: [Document.Block] {
    get throws {
      let plain = try Self.expected("apple-m2-max-38-core-gpu", "llama-2-7b", "q8_0")
      let narrowed = try Self.expected(
        "apple-m2-max-38-core-gpu", "llama-2-7b", "q8_0",
        measured: [MeasuredSpeed(precision: "q4_0", context: 64, tokensPerSecond: 65.95)])
      func range(_ speed: ExpectedSpeed) -> String {
        "\(Figures.number(speed.tokensPerSecond, digits: 3)) tokens/s"
          + " (\(Figures.number(speed.low, digits: 3)) to \(Figures.number(speed.high, digits: 3)))"
      }
      return [
        .heading("Where does the number come from, and how sure is it?", level: 3),
        .paragraph(
          "Asked in llmfit 704 and 707 and whichllm 42. Every expected speed is printed with its"
            + " interval, the rows and devices behind it and the error of its class for devices left"
            + " out; 'ridgeline validate --published' repeats the check. Llama-3-8B, q4_k_m, on a"
            + " Strix Halo: \(range(try Self.expected("amd-strix-halo-radeon-8060s", "llama-3-8b", "q4_k_m")))."
        ),
        .heading(
          "Why do formats of an M1 Max reach so different shares of its bandwidth?", level: 3),
        .paragraph(
          "Asked in llama.cpp 27525, which measured 58 % for IQ4_NL, 55 % for Q4_1, 44 % for Q3_K_M."
            + " The lanes that unpack weights take longer than memory does, and the more so the"
            + " fewer bytes a weight has. Expected shares for Llama-2-7B on the 32-core GPU: "
            + (try shares) + "."),
        .heading("Can it use my own measurement?", level: 3),
        .paragraph(
          "Asked in llmfit 703. Llama-2-7B, q8_0, on a 38-core M2 Max, from the profile alone:"
            + " \(range(plain)). With one measurement of another format, --measured q4_0:64:65.95:"
            + " \(range(narrowed))."),
      ]
    }
  }

  private var shares: String {
    get throws {
      try ["f16", "q8_0", "q4_1", "iq4_nl", "q4_0", "q3_k_m"].map { precision in
        let speed = try Self.expected("apple-m1-max-32-core-gpu", "llama-2-7b", precision)
        let bound = try Self.bound("apple-m1-max-32-core-gpu", "llama-2-7b", precision)
        let share = Figures.number(speed.tokensPerSecond / bound * 100, digits: 2)
        return "\(precision) \(share) %"
      }.joined(separator: ", ")
    }
  }

  private static func bound(
    _ device: String, _ model: String, _ precision: String
  ) throws -> Double {
    var command = PredictCommand()
    command.device = device
    command.model = model
    command.precision = precision
    command.workload.prompt = 0
    command.workload.context = 256
    return try command.predict().estimate.decode?.bound.tokensPerSecond ?? .infinity
  }
}
