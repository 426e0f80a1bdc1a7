import Foundation

/// The files in `Resources/`.
enum TestResource {
  static func data(_ path: String) throws -> Data {
    // A bundle that has a folder `Resources` is its own resource folder on Linux.
    let folders = [Bundle.module.bundleURL, Bundle.module.resourceURL].compactMap { $0 }
    let files = folders.map { $0.appending(path: "Resources").appending(path: path) }
    let file = files.first { FileManager.default.fileExists(atPath: $0.path) }
    return try Data(contentsOf: file ?? files[0])
  }

  /// The rows of a CSV file without quotes, by the names of its columns.
  static func rows(_ path: String) throws -> [[String: String]] {
    let lines = String(decoding: try data(path), as: UTF8.self).split(separator: "\n")
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0)) }
  }
}
