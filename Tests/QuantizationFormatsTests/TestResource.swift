import Foundation

/// The files in `Resources/`.
enum TestResource {
  static func text(_ path: String) throws -> String {
    // A bundle that has a folder `Resources` is its own resource folder on Linux.
    let folders = [Bundle.module.bundleURL, Bundle.module.resourceURL].compactMap { $0 }
    let files = folders.map { $0.appending(path: "Resources").appending(path: path) }
    let file = files.first { FileManager.default.fileExists(atPath: $0.path) }
    return String(decoding: try Data(contentsOf: file ?? files[0]), as: UTF8.self)
  }
}
