public import HardwareProfiles

/// Finds profiles by the names that people write: "NVIDIA 4090 24GB", "Apple M1 Max 32-Core GPU".
public struct DeviceNames: Sendable {
  private static let vendors: Set<String> = ["nvidia", "amd", "apple", "intel"]
  private static let series: Set<String> = ["geforce", "rtx", "radeon"]

  private var profiles: [String: Set<String>] = [:]
  private let byID: [String: HardwareProfile]

  /// Knows the names and aliases of `all`.
  public init(_ all: [HardwareProfile]) {
    byID = Dictionary(all.map { ($0.id, $0) }) { first, _ in first }
    for profile in all {
      for name in [profile.id, profile.name] + profile.aliases {
        for form in Self.forms(name) { profiles[form, default: []].insert(profile.id) }
      }
    }
  }

  /// The profile that `name` means; `nil` if there is none, or if several could be meant.
  public func profile(_ name: String) -> HardwareProfile? {
    for form in Self.forms(name) {
      guard let found = profiles[form] else { continue }
      return found.count == 1 ? found.first.flatMap { byID[$0] } : nil
    }
    return nil
  }

  /// The name and shorter ones, the longest first: without vendor, size of memory, series.
  private static func forms(_ name: String) -> [String] {
    var words = name.lowercased().split(whereSeparator: { " -_()".contains($0) }).map(String.init)
    var forms = [words]
    if let first = words.first, vendors.contains(first) {
      words.removeFirst()
      forms.append(words)
    }
    let isSize = { (word: String) in word.hasSuffix("gb") && Int(word.dropLast(2)) != nil }
    let unsized = words.filter { !isSize($0) }
    forms.append(unsized)
    forms.append(unsized.filter { !series.contains($0) })
    // A bare number such as "4" would fit anything.
    return forms.map { $0.joined(separator: " ") }.filter { $0.count >= 3 }
  }
}
