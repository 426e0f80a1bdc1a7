#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif
import StrictJSON

/// The models that come with the program: one JSON file each in `Catalog/`, embedded at build time.
///
/// Looking up one model decodes one file only.
public enum ModelCatalog {
  /// The identifiers of all models, in the order of their file names.
  public static let ids: [String] = EmbeddedData.files.map { "\($0.name)" }

  /// The entry with the id or alias `name`, as people write it: `Llama 2 7B`,
  /// `meta-llama/Meta-Llama-3.1-8B-Instruct`.
  ///
  /// - Throws: `ModelError` if there is no such model.
  public static func entry(named name: String) throws(ModelError) -> CatalogEntry {
    for spelling in spellings(of: name) {
      if let file = EmbeddedData.files.first(where: { "\($0.name)" == spelling }) {
        return try entry(from: Data("\(file.text)".utf8), file: "\(file.name).json")
      }
    }
    for spelling in spellings(of: name) {
      if let entry = try entry(withAlias: spelling) { return entry }
    }
    throw ModelError(
      file: name, problem: "no such model; `ridgeline list models` shows the known ones")
  }

  /// Decodes an entry in the format of the catalog, for models that are not built in.
  public static func entry(from data: Data, file: String) throws(ModelError) -> CatalogEntry {
    do {
      return try StrictJSON.decode(CatalogEntry.self, from: data, file: file).validated(file: file)
    } catch let problem as JSONProblem {
      throw ModelError(file: file, field: problem.field, problem: problem.problem)
    } catch let error as ModelError {
      throw error
    } catch {
      throw ModelError(file: file, problem: "\(error)")
    }
  }

  /// All entries; decodes the whole catalog.
  public static func entries() throws(ModelError) -> [CatalogEntry] {
    var entries: [CatalogEntry] = []
    for file in EmbeddedData.files {
      entries.append(try entry(from: Data("\(file.text)".utf8), file: "\(file.name).json"))
    }
    return entries
  }

  /// The id behind every alias; decodes the whole catalog.
  public static func aliases() throws(ModelError) -> [String: String] {
    var ids: [String: String] = [:]
    for entry in try entries() {
      for alias in entry.aliases { ids[alias] = entry.id }
    }
    return ids
  }

  /// Decodes only files in which the quoted alias occurs, which is where it is listed.
  private static func entry(withAlias alias: String) throws(ModelError) -> CatalogEntry? {
    let quoted = Array("\"\(alias)\"".utf8)
    for file in EmbeddedData.files {
      let text = "\(file.text)"
      guard text.utf8.contains(bytes: quoted) else { continue }
      let entry = try entry(from: Data(text.utf8), file: "\(file.name).json")
      if entry.aliases.contains(alias) { return entry }
    }
    return nil
  }

  /// The ways in which the catalog may spell `name`, the closest first.
  ///
  /// Tuning for chat does not change shapes, so a suffix that says so is dropped.
  static func spellings(of name: String) -> [String] {
    let last = name.split(separator: "/").last.map(String.init) ?? name
    var spelling = String(last.lowercased().map { $0 == " " || $0 == "_" ? "-" : $0 })
    var spellings = [spelling]
    if spelling.hasPrefix("meta-") {
      spelling.removeFirst("meta-".count)
      spellings.append(spelling)
    }
    let tunings = ["-hf", "-instruct", "-chat", "-it", "-base"]
    while let suffix = tunings.first(where: spelling.hasSuffix) {
      spelling.removeLast(suffix.count)
      spellings.append(spelling)
    }
    return spellings
  }
}

extension String.UTF8View {
  fileprivate func contains(bytes needle: [UInt8]) -> Bool {
    guard let first = needle.first else { return true }
    var rest = self[...]
    while let start = rest.firstIndex(of: first) {
      rest = rest[start...]
      if rest.starts(with: needle) { return true }
      rest = rest.dropFirst()
    }
    return false
  }
}
