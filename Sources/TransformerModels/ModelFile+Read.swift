#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import StrictJSON

extension ModelFile {
  /// Reads what the headers at `path` say: a GGUF or safetensors file, or any part of a split one,
  /// a safetensors index, a Hugging Face `config.json`, or a directory that holds such files.
  ///
  /// What a file is follows from its content, not from its name. No tensor data is read.
  public static func read(path: String) throws(ModelError) -> ModelFile {
    switch PathKind(path) {
    case .missing:
      throw ModelError(file: path, problem: "does not exist; check the path")
    case .directory: return try readDirectory(path: path)
    case .file: break
    }
    let start = try PositionedFile(path: path).read(at: 0, count: 9)
    if start.starts(with: Array("GGUF".utf8)) { return try readGGUF(path: path) }
    if start.count == 9, start[8] == UInt8(ascii: "{") { return try readSafetensors(path: path) }
    if path.hasSuffix(".safetensors") { return try readSafetensors(path: path) }
    guard start.contains(UInt8(ascii: "{")) else {
      throw ModelError(
        file: path,
        problem: "is neither GGUF, safetensors nor JSON; name a GGUF or safetensors file, a "
          + "config.json, or their directory")
    }
    if path.hasSuffix(".index.json") { return try readSafetensorsIndex(path: path) }
    if let entry = try catalogEntry(path: path) {
      return ModelFile(
        container: "model description", paths: [path], tensors: [], model: entry.model,
        obstacle: nil, facts: [("source", entry.source)])
    }
    let config = try readConfiguration(path: path)
    return ModelFile(
      container: "config.json", paths: [path], tensors: [], model: config.model, obstacle: nil,
      facts: config.facts, suggestedPrecision: config.suggestedPrecision,
      assumptions: config.assumptions)
  }

  /// A model in the catalog's own format, which is told by its `schema_version`; otherwise `nil`.
  private static func catalogEntry(path: String) throws(ModelError) -> CatalogEntry? {
    struct Versioned: Decodable {
      let schema_version: Int
    }
    let bytes = try PositionedFile(path: path).read(at: 0, count: largestDescription + 1)
    guard bytes.count <= largestDescription,
      (try? StrictJSON.decode(Versioned.self, from: Data(bytes), file: path)) != nil
    else { return nil }
    return try ModelCatalog.entry(from: Data(bytes), file: path)
  }

  /// Descriptions are a few kilobytes; larger files are configurations.
  private static let largestDescription = 1 << 20

  /// Reads a Hugging Face `config.json`, no more of it than the limit that tells it is none.
  static func readConfiguration(path: String) throws(ModelError) -> HuggingFaceConfig {
    let bytes = try PositionedFile(path: path).read(
      at: 0, count: HuggingFaceConfig.largestFile + 1)
    return try HuggingFaceConfig.read(from: Data(bytes), file: path)
  }

  private static func readDirectory(path: String) throws(ModelError) -> ModelFile {
    let directory = path.hasSuffix("/") ? path : path + "/"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path))?.sorted() ?? []
    let index = "model" + SafetensorsIndex.suffix
    for name in [index, "model.safetensors"] where names.contains(name) {
      return try read(path: directory + name)
    }
    for suffix in [SafetensorsIndex.suffix, ".safetensors", ".gguf"] {
      if let name = try only(names, suffix: suffix, directory: path) {
        return try read(path: directory + name)
      }
    }
    guard names.contains("config.json") else {
      throw ModelError(
        file: path,
        problem: "holds no GGUF or safetensors file and no config.json; name the model's directory")
    }
    return try read(path: directory + "config.json")
  }

  /// The one model with files of `suffix`, by its first part; `nil` if there is none.
  private static func only(
    _ names: [String], suffix: String, directory: String
  ) throws(ModelError) -> String? {
    let first = names.filter { name in
      name.hasSuffix(suffix) && (PartName(name, suffix: suffix)?.part ?? 1) == 1
    }
    guard first.count <= 1 else {
      throw ModelError(
        file: directory,
        problem: "holds \(first.count) models (\(first.joined(separator: ", "))); name one of them")
    }
    return first.first
  }
}

extension HuggingFaceConfig {
  /// What is worth showing beside the shapes.
  var facts: [(name: String, value: String)] {
    [("model_type", modelType)]
      + (suggestedPrecision.map { [("suggested precision", $0)] } ?? [])
      + assumptions.map { ("assumed", $0) }
  }
}
