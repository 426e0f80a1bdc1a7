import BenchmarkSuites
import CommandLineKit
import Foundation
import HardwareProfiles
import Measurement
import QuantizationFormats
import Roofline
import StrictJSON

@testable import TransformerModels
@testable import ridgeline

/// Everything that reads what users bring, as functions of bytes.
///
/// A reader may refuse its input with an error. It must not trap, and must not take long or much
/// memory, whatever the bytes are.
enum FuzzedReader: String, CaseIterable {
  case gguf, safetensors, config, profile, catalog, results, measurements, precision
  case commandLine = "command-line"

  /// Reads `bytes`, and prices what they describe; errors are as good as results.
  func read(_ bytes: [UInt8]) {
    do throws(any Error) {
      switch self {
      case .gguf:
        let part = try GGUFPart(BytesInMemory(bytes))
        price(try ModelFile.gguf([part], paths: ["fuzzed.gguf"]).model)
      case .safetensors:
        let source = BytesInMemory(bytes)
        _ = try? SafetensorsIndex(source)
        let header = try SafetensorsHeader(source)
        let file = try ModelFile.safetensors(
          headers: [header], paths: ["fuzzed.safetensors"], directory: "", notes: [])
        price(file.model)
      case .config: price(try HuggingFaceConfig.read(from: Data(bytes), file: "config.json").model)
      case .profile:
        try measure(
          StrictJSON.decode(HardwareProfile.self, from: Data(bytes), file: "profile.json"))
      case .catalog: price(try ModelCatalog.entry(from: Data(bytes), file: "model.json").model)
      case .results: _ = try Results<KernelResult>(bytes, file: "results.jsonl")
      case .measurements: try predict(try MeasurementFile("measured", Data(bytes)))
      case .precision:
        let text = String(decoding: bytes, as: UTF8.self)
        _ = try? KVCacheFormat.named(text)
        price(nil, precision: try PrecisionCatalog.precision(text))
      case .commandLine: run(String(decoding: bytes, as: UTF8.self))
      }
    } catch {
      // What an error says must be printable too.
      _ = "\(error)"
    }
  }

  private static let board = Result { try ProfileCatalog.profile("raspberry-pi-5") }
  private static let anyModel = Result { try ModelCatalog.entry(named: "llama-3.2-1b").model }

  private func price(_ model: TransformerModel?, precision: Precision? = nil) {
    guard let model = try? model ?? Self.anyModel.get(), let profile = try? Self.board.get(),
      let precision = try? precision ?? PrecisionCatalog.precision("q4_k_m"),
      let device = try? Device(profile, precision: precision),
      let estimator = try? Estimator(
        plan: OperationPlan(model: model, precision: precision), device: device)
    else { return }
    _ = estimator.estimate(Pass(decodingAt: 512, sequences: 1))
    _ = estimator.estimate(Pass(sequences: 2, newTokens: 512, cachedBefore: 3))
  }

  private func measure(_ profile: HardwareProfile) throws {
    let precision = try PrecisionCatalog.precision("q8_0")
    let plan = OperationPlan(model: try Self.anyModel.get(), precision: precision)
    let device = try Device(profile, precision: precision)
    _ = try Estimator(plan: plan, device: device)
      .estimate(Pass(decodingAt: 512, sequences: 1))
    _ = KernelPredictor(profile)?.seconds(
      for: KernelWork(
        format: "q8_0", isa: "avx2", rows: 64, columns: 64, tokens: 3, threads: 1,
        weightBytes: 4352, isFromMemory: true))
  }

  private func predict(_ file: MeasurementFile) throws {
    let predictions = ModelPredictions(figure: nil)
    switch file {
    case .kernels: break
    case .llamaBench(let tests):
      guard let profile = try Self.board.get() else { return }
      for case .success(let run) in try LlamaBench.runs(
        tests, on: profile, model: try Self.anyModel.get())
      {
        _ = predictions.validated(run)
      }
    case .published(let runs):
      for case .success(let run) in runs { _ = predictions.validated(run) }
    }
  }

  /// Runs commands that neither measure nor fit nor read files; parses the others.
  private func run(_ line: String) {
    let words = line.split(separator: " ").map(String.init)
    switch words.first {
    case "bench": _ = try? BenchCommand.parse(words)
    case "calibrate": _ = try? CalibrateCommand.parse(words)
    case "validate": _ = try? ValidateCommand.parse(words)
    case "diff": _ = try? DiffCommand.parse(words)
    case "compare": _ = try? CompareCommand.parse(words)
    case "plan": _ = try? PlanCommand.parse(words)
    case "fit": _ = try? FitCommand.parse(words)
    case "report": _ = try? ReportCommand.parse(words)
    case "inspect": _ = try? InspectCommand.parse(words)
    default: if !words.contains(where: { $0.contains("/") }) { _ = CommandRun(words) }
    }
  }
}

/// Bytes that stand for a file.
private struct BytesInMemory: HeaderBytes {
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
