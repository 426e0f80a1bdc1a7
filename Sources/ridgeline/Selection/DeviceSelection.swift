import CommandLineKit
import HardwareProfiles
import StrictJSON

/// Finds hardware profiles by identifier or path.
enum DeviceSelection {
  /// The profile called `name`, or the one in the file `name`.
  ///
  /// - Throws: `UsageError` with the nearest names for an unknown identifier, `JSONProblem` for a
  ///   file that is not a profile.
  static func profile(_ name: String) throws -> HardwareProfile {
    if InputPath.looksLikePath(name) {
      let data = try InputPath.read(name, limit: 16 << 20, what: "hardware profile")
      return try StrictJSON.decode(HardwareProfile.self, from: data, file: name)
    }
    if let profile = try ProfileCatalog.profile(name) { return profile }
    if let id = try identifier(forAlias: name), let profile = try ProfileCatalog.profile(id) {
      return profile
    }
    throw UsageError(
      "unknown device '\(name)'\(didYouMean(name, in: ProfileCatalog.ids));"
        + " 'ridgeline list devices' shows all, and a path to a profile JSON works too")
  }

  /// The profiles for a list of names; `all` stands for every profile.
  static func profiles(_ names: [String]) throws -> [HardwareProfile] {
    if names == ["all"] { return try ProfileCatalog.all() }
    return try names.map(profile)
  }

  /// Measurement tables write "A100 PCIe 80GB"; identifiers are tried first, since reading all
  /// profiles takes longer than everything else.
  private static func identifier(forAlias name: String) throws -> String? {
    guard name.contains(where: { $0.isUppercase || $0 == " " }) else { return nil }
    let wanted = name.lowercased()
    return try ProfileCatalog.all().first { profile in
      ([profile.name] + profile.aliases).contains { $0.lowercased() == wanted }
    }?.id
  }
}
