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
    assumptions = file.obstacle.map { [$0] } ?? []
  }

  private static func assumptions(of entry: CatalogEntry) -> [String] {
    entry.verification == .unverified
      ? ["the shapes of \(entry.name) could not be verified: \(entry.source)"] : []
  }
}

extension ModelSelection {
  /// The storage format that most bytes of the file's matrices have.
  var dominantFormat: StorageFormat? {
    guard let file else { return nil }
    let matrices = file.tensors.filter { $0.shape.count > 1 }
    var bytes: [StorageFormat: Int] = [:]
    for tensor in matrices { bytes[tensor.format, default: 0] += tensor.bytes }
    return bytes.max { ($0.value, $1.key.id) < ($1.value, $0.key.id) }?.key
  }

  /// What the weights are stored as, in a word.
  func weightsLabel(at precision: Precision) -> String {
    file != nil && precision.id == Self.fileID(dominantFormat)
      ? "\(dominantFormat?.id ?? "mixed") (as stored)" : precision.id
  }

  static func fileID(_ format: StorageFormat?) -> String { format?.id ?? "f16" }

  /// The model priced at `precision`: exactly as stored if the precision is the file's own.
  func plan(at precision: Precision) -> (plan: OperationPlan, precision: Precision) {
    let own = file != nil && precision.id == Self.fileID(dominantFormat) ? file : nil
    return (OperationPlan(model: model, precision: precision, file: own), precision)
  }
}
