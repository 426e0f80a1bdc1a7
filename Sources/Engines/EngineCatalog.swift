public import StrictJSON

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The engines and fitted constants that the binary carries.
public enum EngineCatalog {
  private static let constantsPrefix = "fitted-"

  /// Identifiers of engines, sorted.
  public static var ids: [String] {
    EmbeddedData.files.map { "\($0.name)" }.filter { !$0.hasPrefix(constantsPrefix) }
  }

  /// All engines, sorted by identifier.
  public static func all() throws(JSONProblem) -> [Engine] {
    var engines: [Engine] = []
    for id in ids {
      if let engine = try engine(id) { engines.append(engine) }
    }
    return engines
  }

  /// The engine called `id`; `nil` if there is none.
  public static func engine(_ id: String) throws(JSONProblem) -> Engine? {
    try decode(Engine.self, id, folder: "Catalog")
  }

  /// The constants of `family`; `nil` before the first fit.
  public static func constants(_ family: EngineFamily) throws(JSONProblem) -> FittedConstants? {
    try decode(FittedConstants.self, constantsPrefix + family.rawValue, folder: "Fitted")
  }

  private static func decode<Value: Decodable>(
    _ type: Value.Type, _ name: String, folder: String
  ) throws(JSONProblem) -> Value? {
    guard let file = EmbeddedData.files.first(where: { "\($0.name)" == name }) else { return nil }
    return try StrictJSON.decode(
      type, from: Data("\(file.text)".utf8), file: "Sources/Engines/\(folder)/\(name).json")
  }
}
