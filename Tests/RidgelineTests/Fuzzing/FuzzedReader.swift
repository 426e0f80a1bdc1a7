import BenchmarkSuites
import CommandLineKit
import Foundation
import HardwareProfiles
import Inference
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
  case gguf, tokenizer, safetensors, config, profile, catalog, engine, suite, results, peers, csv
  case precision
  case llamaBench = "llama-bench"
  case modelResults = "model-results"
  case commandLine = "command-line"
  /// All forms of `validate`, with their predictions; slower than its parts above.
  case measurements
  /// Whole commands; slower than their command lines above.
  case program

  /// Reads `bytes`, and does with what they describe what the program would; errors are as good as
  /// results.
  ///
  /// `isUsed` is whether to do more than reading where that takes longer.
  func read(_ bytes: [UInt8], isUsed: Bool = true) {
    do throws(any Error) {
      switch self {
      case .gguf:
        let model = try Self.gguf(bytes, keepsAll: false).file.model
        if isUsed { price(model) }
      case .tokenizer: try tokenize(Self.gguf(bytes, keepsAll: true))
      case .safetensors: try readSafetensors(BytesInMemory(bytes), isUsed: isUsed)
      case .config:
        let model = try HuggingFaceConfig.read(from: Data(bytes), file: "config.json").model
        if isUsed { price(model) }
      case .profile:
        let profile = try StrictJSON.decode(
          HardwareProfile.self, from: Data(bytes), file: "profile.json")
        if isUsed { try measure(profile) }
      case .catalog:
        let model = try ModelCatalog.entry(from: Data(bytes), file: "model.json").model
        if isUsed { price(model) }
      case .engine: try readEngine(Data(bytes))
      case .suite:
        let suite = try SuiteCatalog.decode(Data(bytes), file: "suite.json")
        if isUsed { _ = try suite.cases(for: Self.thisMachine) }
      case .results: _ = try Results<KernelResult>(bytes, file: "results.jsonl")
      case .modelResults:
        let results = try Results<ModelResult>(bytes, file: "results.jsonl")
        if isUsed { try predict(results) }
      case .peers:
        let peers = try PeerMeasurements.read(Data(bytes), file: "peers.json")
        _ = peers.cases.map { ($0.median, $0.bandwidth, $0.plainFormat) }
      case .csv: try readTable(String(decoding: bytes, as: UTF8.self), isUsed: isUsed)
      case .llamaBench: try readLlamaBench(Data(bytes), isUsed: isUsed)
      case .measurements: try predict(try MeasurementFile("measured", Data(bytes)))
      case .precision:
        let text = String(decoding: bytes, as: UTF8.self)
        _ = try? KVCacheFormat.named(text)
        let precision = try PrecisionCatalog.precision(text)
        if isUsed { price(nil, precision: precision) }
      case .commandLine: try parse(Self.words(bytes))
      case .program: run(Self.words(bytes))
      }
    } catch {
      // What an error says must be printable too.
      _ = "\(error)"
    }
  }

  private static func words(_ bytes: [UInt8]) -> [String] {
    String(decoding: bytes, as: UTF8.self).split(separator: " ").map(String.init)
  }
}
