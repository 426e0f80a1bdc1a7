import CommandLineKit
import Engines
import HardwareProfiles
import QuantizationFormats
import Reports
import TransformerModels

/// `ridgeline list`: what is known, with sources.
struct ListCommand: Command {
  static let name = "list"
  static let summary = "Lists the known models, precisions, devices, engines, kernels or suites."
  static var examples: [Example] {
    [
      Example("ridgeline list devices", "every hardware profile"),
      Example("ridgeline list devices --match a100 --output json", "with basis and sources"),
      Example("ridgeline list precisions --output markdown", "bits per weight of each"),
    ]
  }

  enum Subject: String, CaseIterable {
    case models, precisions, devices, engines, kernels, suites
  }

  var subject = Subject.models
  var match: String?
  var output = OutputFormat.text

  static var arguments: [Argument<Self>] { [.one("what", \.subject, "What to list.")] }

  static var options: [Option<Self>] {
    [
      .value("--match", \.match, "Only names that contain this text.", placeholder: "text"),
      .value("--output", \.output, "Format of the result."),
    ]
  }

  func run(on console: Console) throws {
    let text =
      switch subject {
      case .models: try ModelList.table(matching: match).text(as: output)
      case .precisions: try PrecisionList.text(matching: match, as: output, width: console.width)
      case .devices: try DeviceList.text(matching: match, as: output)
      case .engines: try EngineList.text(matching: match, as: output)
      case .kernels: try KernelList.table(matching: match).text(as: output)
      case .suites: try SuiteList.table(matching: match).text(as: output)
      }
    console.print(text, terminator: "")
  }
}

extension String? {
  /// Whether there is no text to match, or one of `names` contains it, in any case.
  func matches(_ names: [String]) -> Bool {
    guard let text = self?.lowercased() else { return true }
    return names.contains { $0.lowercased().contains(text) }
  }
}

enum ModelList {
  static func table(matching match: String?) throws -> Table<CatalogEntry> {
    let entries = try ModelCatalog.entries().filter {
      match.matches([$0.id, $0.name, $0.family] + $0.aliases)
    }
    return Table(
      columns: [
        .text("id", key: "id") { $0.id }, .text("name", key: "name") { $0.name },
        .integer("parameters", key: "parameters", digits: 20) { $0.model.parameters },
        .integer("active", key: "active_parameters", digits: 20) { $0.model.activeParameters },
        .integer("KV bytes/token fp16", key: "kv_cache_bytes_per_token_f16", digits: 20) {
          $0.model.keyValueElementsPerToken * 2
        },
        .integer("context", key: "maximum_positions", digits: 20) { $0.model.maximumPositions },
        .text("verified", key: "verified") { $0.verification.rawValue },
        .text("source", key: "source") { $0.source },
      ], rows: entries)
  }
}

enum PrecisionList {
  /// The named precisions; for people also the notations that make more of them.
  static func text(
    matching match: String?, as format: OutputFormat, width: Int
  ) throws -> String {
    let table = table(matching: match)
    guard !format.isForMachines, match == nil else { return try table.text(as: format) }
    let document = Document([
      .table(table.grid),
      .paragraph("Notations with other numbers work too:"),
      .facts(PrecisionCatalog.notations.map { .init($0.pattern, $0.meaning) }),
    ])
    return format == .text ? document.text(width: width) : document.markdown()
  }

  static func table(matching match: String?) -> Table<Precision> {
    Table(
      columns: [
        .text("id", key: "id") { $0.id },
        .number("bits/weight", key: "bits_per_weight", digits: 6) { $0.weights.typicalBits },
        .text("activations", key: "activations") { $0.activations.label },
        .text("KV cache", key: "kv_cache") { $0.kvCache.label },
        .text("multiplied as", key: "arithmetic") { $0.arithmetic.label },
        .text("what it is", key: "summary") { $0.summary },
      ], rows: PrecisionCatalog.all.filter { match.matches([$0.id, $0.summary]) })
  }
}

extension WeightScheme {
  /// Bits per weight of the format that most matrices have, in rows of 4096.
  var typicalBits: Double {
    switch self {
    case .everyTensor(let format), .linearLayers(let format, _), .routedExperts(let format, _):
      format.bitsPerWeight()
    case .ggml(let mix): mix.base.bitsPerWeight()
    }
  }
}

enum EngineList {
  private struct Entry {
    let id: String
    let summary: String
    var weights: String?
    var attention: String?
    var overhead: String?
    var rows: Int?
  }

  static func text(matching match: String?, as format: OutputFormat) throws -> String {
    var entries = [
      Entry(id: EngineSelection.roofline, summary: EngineSelection.rooflineSummary)
    ]
    for engine in try EngineCatalog.all() {
      entries.append(
        Entry(
          id: engine.id, summary: engine.summary, weights: engine.weights,
          attention: engine.attention, overhead: engine.overhead, rows: try rows(engine)))
    }
    return try Table(
      columns: [
        .text("id", key: "id") { $0.id }, .text("what it is", key: "summary") { $0.summary },
        .text("weights", key: "weights") { $0.weights },
        .text("attention", key: "attention") { $0.attention },
        .text("overhead", key: "overhead") { $0.overhead },
        .integer("decode rows fitted", key: "fitted_decode_rows", digits: 6) { $0.rows },
      ], rows: entries.filter { match.matches([$0.id]) }
    ).text(as: format)
  }

  /// Published rows from which the engine's own constants came.
  private static func rows(_ engine: Engine) throws -> Int {
    var total = 0
    for backend in engine.backends {
      let effects = try ConstantsCache.constants(backend.decode)?.effects ?? []
      let own = effects.filter {
        $0.name.hasPrefix("unpack.engine:") && $0.name.contains(backend.key)
      }
      total += own.reduce(0) { $0 + $1.rows }
    }
    return total
  }
}
