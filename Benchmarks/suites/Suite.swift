public import StrictJSON

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// A suite: groups of cases, each the product of its lists.
public struct Suite: Sendable, Identifiable {
  /// The version of the JSON schema that this code reads.
  public static let schemaVersion = 1

  /// The identifier.
  public let id: String
  /// One line that says what the suite shows.
  public let summary: String

  let groups: [CaseGroup]
}

/// Cases that are the product of some lists.
struct CaseGroup: Sendable {
  /// A list of formats, or all that have what the subject needs.
  enum Formats: Sendable {
    case all
    case named([String])
  }

  /// How many threads.
  enum Threads: Sendable {
    case count(Int)
    /// Every processor.
    case all
    /// 1, 2, 4 and so on, and every processor.
    case powersOfTwo
  }

  /// The shape of a matrix.
  struct Shape: Hashable, Sendable {
    let rows: Int
    let columns: Int
  }

  /// Heads of keys and values, and how queries meet them.
  struct Heads: Hashable, Sendable {
    let keyValueHeads: Int
    let queriesPerKey: Int
    let width: Int
  }

  let subject: KernelCase.Subject
  let formats: Formats
  let shapes: [Shape]
  /// Of attention, in place of shapes.
  let heads: [Heads]
  /// Tokens in the cache, of attention.
  let contexts: [Int]
  let models: [String]
  let tokens: [Int]
  let threads: [Threads]
  let placements: [KernelCase.Placement]
  let distributions: [KernelCase.Distribution]
}

/// The suites that the binary carries.
public enum SuiteCatalog {
  /// The identifiers, sorted.
  public static var ids: [String] { EmbeddedData.files.map { "\($0.name)" } }

  /// The suite called `id`; `nil` if there is none.
  ///
  /// - Throws: `JSONProblem` if the embedded file is damaged, which a test rules out.
  public static func suite(_ id: String) throws(JSONProblem) -> Suite? {
    guard let file = EmbeddedData.files.first(where: { "\($0.name)" == id }) else { return nil }
    return try decode(Data("\(file.text)".utf8), file: "Benchmarks/suites/\(id).json")
  }

  /// All suites, sorted by identifier.
  public static func all() throws(JSONProblem) -> [Suite] {
    var suites: [Suite] = []
    for id in ids { if let suite = try suite(id) { suites.append(suite) } }
    return suites
  }

  /// The suite in the file `file`.
  public static func decode(_ data: Data, file: String) throws(JSONProblem) -> Suite {
    try StrictJSON.decode(Suite.self, from: data, file: file)
  }
}
