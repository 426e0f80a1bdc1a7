public import StrictJSON

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The profiles that the binary carries.
public enum ProfileCatalog {
  /// The identifiers, sorted.
  public static var ids: [String] { EmbeddedData.files.map { "\($0.name)" } }

  /// The profile called `id`; `nil` if there is none.
  ///
  /// - Throws: `JSONProblem` if the embedded file is damaged, which a test rules out.
  public static func profile(_ id: String) throws(JSONProblem) -> HardwareProfile? {
    guard let file = EmbeddedData.files.first(where: { "\($0.name)" == id }) else { return nil }
    return try decode(file.text, id: id)
  }

  /// All profiles, sorted by identifier.
  public static func all() throws(JSONProblem) -> [HardwareProfile] {
    var profiles: [HardwareProfile] = []
    for file in EmbeddedData.files {
      profiles.append(try decode(file.text, id: "\(file.name)"))
    }
    return profiles
  }

  private static func decode(
    _ text: StaticString, id: String
  ) throws(JSONProblem) -> HardwareProfile {
    try StrictJSON.decode(
      HardwareProfile.self, from: Data("\(text)".utf8), file: "hardware-profiles/\(id).json")
  }
}
