import CommandLineKit
import QuantizationFormats
import Roofline
import TransformerModels

/// A model as the user named it: a catalog entry, or what a file says.
struct ModelSelection {
  let model: TransformerModel
  /// The file's tensors, where a file holds some.
  let file: ModelFile?
  /// What was assumed in reading the model.
  let assumptions: [String]
  /// The precision that a configuration names.
  var suggestedPrecision: String?

  /// Finds the model called `name`, or reads the file `name`.
  init(_ name: String) throws {
    if InputPath.looksLikePath(name) {
      try self.init(path: name)
      return
    }
    self.init(try Self.entry(name))
  }

  /// The catalog entry called `name`.
  ///
  /// - Throws: `UsageError` with the nearest names if there is none.
  static func entry(_ name: String) throws -> CatalogEntry {
    do {
      return try ModelCatalog.entry(named: name)
    } catch {
      guard error.file == name else { throw error }
      let known = ModelCatalog.ids + ((try? ModelCatalog.aliases().keys.sorted()) ?? [])
      throw UsageError(
        "unknown model '\(name)'\(didYouMean(name, in: known));"
          + " 'ridgeline list models' shows all, and a path to a GGUF, safetensors or config.json"
          + " works too")
    }
  }

  /// The models for a list of names; `all` stands for the whole catalog.
  static func selections(_ names: [String]) throws -> [ModelSelection] {
    if names == ["all"] {
      return try ModelCatalog.entries().map { ModelSelection($0) }
    }
    return try names.map { try ModelSelection($0) }
  }

  private init(_ entry: CatalogEntry) {
    model = entry.model
    file = nil
    assumptions = Self.assumptions(of: entry)
  }

  private init(path: String) throws {
    let file = try ModelFile.read(path: path)
    guard let model = file.model else {
      throw CommandFailure(
        "\(path): cannot be predicted: \(file.obstacle ?? "its shapes are unknown");"
          + " 'ridgeline inspect \(path)' shows what it holds")
    }
    self.model = model
    self.file = file.tensors.isEmpty ? nil : file
    suggestedPrecision = file.suggestedPrecision
    assumptions = file.assumptions.map { "Assumed of the model: \($0)." }
  }

  private static func assumptions(of entry: CatalogEntry) -> [String] {
    entry.verification == .unverified
      ? ["the shapes of \(entry.name) could not be verified: \(entry.source)"] : []
  }
}

extension ModelSelection {
  /// What the file itself is stored as; `nil` for a catalog model or a bare configuration.
  ///
  /// Its sizes are the file's; a configuration, or the format that most bytes of the matrices
  /// have, decides what multiplies.
  func storedPrecision() throws -> Precision? {
    guard let file else { return nil }
    let format = Self.dominantFormat(of: file)
    let name = file.suggestedPrecision ?? format
    guard let name, let precision = try? PrecisionCatalog.precision(name) else {
      throw UsageError(
        "--precision is missing: \(file.paths[0]) is stored as \(format ?? "nothing known"), of"
          + " which no arithmetic is known")
    }
    return precision.asStored(name: name, container: file.container)
  }

  private static func dominantFormat(of file: ModelFile) -> String? {
    var bytes: [String: Int] = [:]
    for tensor in file.tensors where tensor.shape.count > 1 {
      bytes[tensor.format.id, default: 0] += tensor.bytes
    }
    return bytes.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
  }

  /// The model priced at `precision`, with the bytes of the file if they are its own.
  func plan(at chosen: ChosenPrecision) -> OperationPlan {
    OperationPlan(
      model: model, precision: chosen.precision, file: chosen.isStored ? file : nil)
  }
}

extension Precision {
  /// The same arithmetic, with sizes that a file states.
  fileprivate func asStored(name: String, container: String) -> Precision {
    Precision(
      id: name, summary: "as stored in \(container)", weights: weights, activations: activations,
      kvCache: kvCache, arithmetic: arithmetic)
  }
}
