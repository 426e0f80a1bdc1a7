import BenchmarkSuites
import CommandLineKit
import Engines
import Foundation
import HardwareProfiles
import Measurement
import PublishedMeasurements
import QuantizationFormats
import Roofline
import StrictJSON
import Testing

@testable import Inference
@testable import TransformerModels
@testable import ridgeline

// What the program does with what was read, as far as it takes microseconds.

extension FuzzedReader {
  static let thisMachine = ExpansionTarget(processors: 4, levels: [[]])
  private static let board = Result { try #require(try ProfileCatalog.profile("raspberry-pi-5")) }
  private static let anyModel = Result { try ModelCatalog.entry(named: "llama-3.2-1b").model }
  private static let anyPlan = Result {
    OperationPlan(model: try anyModel.get(), precision: try PrecisionCatalog.precision("q8_0"))
  }

  static func gguf(_ bytes: [UInt8], keepsAll: Bool) throws(ModelError) -> GGUFContents {
    let part = try GGUFPart(BytesInMemory(bytes), keepsAll: keepsAll)
    return GGUFContents(
      file: try ModelFile.gguf([part], paths: ["fuzzed.gguf"]), header: part.header)
  }

  func price(_ model: TransformerModel?, precision: Precision? = nil) {
    guard let model = try? model ?? Self.anyModel.get(), let profile = try? Self.board.get(),
      let precision = try? precision ?? PrecisionCatalog.precision("q4_k_m"),
      let device = try? Device(profile, precision: precision),
      let estimator = try? Estimator(
        plan: OperationPlan(model: model, precision: precision), device: device)
    else { return }
    _ = estimator.estimate(Pass(decodingAt: 512, sequences: 1))
    _ = estimator.estimate(Pass(sequences: 2, newTokens: 512, cachedBefore: 3))
  }

  func tokenize(_ contents: GGUFContents) throws {
    if let model = contents.file.model { _ = try? NumericRules(contents, shapes: model) }
    let tokenizer = try Tokenizer(contents)
    let text = "It's 1234 words,\n\n\tTHEY'LL \u{e9}t\u{e9} \u{6f22}\u{5b57} <s>"
    _ = tokenizer.decode(tokenizer.encode(text + (contents.text("general.name") ?? "")))
  }

  func readSafetensors(_ source: BytesInMemory, isUsed: Bool) throws {
    guard source.bytes.first != UInt8(ascii: "{") else {
      _ = try SafetensorsIndex(source)
      return
    }
    let file = try ModelFile.safetensors(
      headers: [try SafetensorsHeader(source)], paths: ["fuzzed.safetensors"], directory: "",
      notes: [])
    if isUsed { price(file.model) }
  }

  func measure(_ profile: HardwareProfile) throws {
    let device = try Device(profile, precision: try PrecisionCatalog.precision("q8_0"))
    _ = try Estimator(plan: try Self.anyPlan.get(), device: device)
      .estimate(Pass(decodingAt: 512, sequences: 1))
    _ = KernelPredictor(profile)?.seconds(
      for: KernelWork(
        format: "q8_0", isa: "avx2", rows: 64, columns: 64, tokens: 3, threads: 1,
        weightBytes: 4352, isFromMemory: true))
  }

  /// Reads an engine, or the constants of one.
  func readEngine(_ data: Data) throws {
    do {
      let engine = try StrictJSON.decode(Engine.self, from: data, file: "engine.json")
      _ = try? engine.setting(for: try Self.board.get(), month: "2025-01", flashAttention: true)
    } catch {
      _ = try StrictJSON.decode(FittedConstants.self, from: data, file: "fitted.json")
    }
  }

  /// Reads a table of published measurements, or one of llama-bench.
  func readTable(_ text: String, isUsed: Bool) throws {
    let records = try CSVRecords(text, file: "table.csv")
    if LlamaBenchTest.columns.allSatisfy(records.columns.contains) {
      let tests = try LlamaBench.tests(csv: records, file: "table.csv")
      return try isUsed ? predict(tests) : ()
    }
    for record in records.records where PublishedRow.isSpeed(record) {
      let row = try PublishedRow(record, file: "table.csv")
      _ = (row.label, row.seconds, try? PublishedNames.precision(of: row))
    }
  }

  /// Reads what llama-bench prints as JSON: a list, or a line for each test.
  func readLlamaBench(_ data: Data, isUsed: Bool) throws {
    let tests =
      data.first == UInt8(ascii: "[")
      ? try LlamaBench.tests(json: data, file: "tests")
      : try LlamaBench.tests(jsonLines: data, file: "tests")
    if isUsed { try predict(tests) }
  }

  func predict(_ file: MeasurementFile) throws {
    switch file {
    case .kernels: break
    case .models(let results): try predict(results)
    case .llamaBench(let tests): try predict(tests)
    case .published(let runs):
      for case .success(let run) in runs { _ = ModelPredictions(figure: nil).validated(run) }
    }
  }

  /// Whole models on a calibrated machine, as a report shows them.
  func predict(_ results: Results<ModelResult>) throws {
    var predictions = try ModelResultPredictions(try ModelResultTests.machine.get(), files: [])
    for entry in results.entries.prefix(2) {
      for row in try predictions.rows([entry.payload]) {
        _ = (row.validated, row.operations, ModelMemory(row).peakToPredicted)
      }
    }
  }

  func predict(_ tests: [LlamaBenchTest]) throws {
    let runs = try LlamaBench.runs(
      tests, on: try Self.board.get(), model: try Self.anyModel.get())
    for case .success(let run) in runs.prefix(2) {
      _ = ModelPredictions(figure: nil).validated(run)
    }
  }

  /// Reads the words of a command line; runs nothing.
  func parse(_ words: [String]) throws {
    let commands = RidgelineProgram.commands
    guard let command = commands.first(where: { $0.name == words.first }) else {
      let known = commands.map { $0.name }
      throw UsageError("unknown" + didYouMean(words.first ?? "", in: known, limit: 1))
    }
    _ = try command.parse(Array(words.dropFirst()))
  }

  /// Runs commands that neither measure nor fit nor read files.
  func run(_ words: [String]) {
    let others = [
      "bench", "calibrate", "validate", "diff", "compare", "plan", "fit", "report", "inspect",
      "run",
    ]
    guard !others.contains(words.first ?? ""), !words.contains(where: InputPath.looksLikePath)
    else { return }
    _ = CommandRun(words)
  }
}

/// Bytes that stand for a file.
struct BytesInMemory: PositionedBytes {
  let name = "fuzzed.bin"
  let bytes: [UInt8]
  let size: Int

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    // Headers describe data that fuzzed inputs lack; claim that it is there.
    size = bytes.count + 1 << 20
  }

  func read(at offset: Int, count: Int) throws(ModelError) -> [UInt8] {
    Array(bytes.dropFirst(offset).prefix(count))
  }
}
