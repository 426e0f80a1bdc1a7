import CommandLineKit

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Tells paths from identifiers and reads small files.
enum InputPath {
  /// Whether `name` is meant as a path: it has a slash or the extension of a file we read.
  static func looksLikePath(_ name: String) -> Bool {
    let extensions = [".json", ".gguf", ".safetensors"]
    return name.contains("/") || extensions.contains { name.lowercased().hasSuffix($0) }
  }

  /// The contents of the file at `path`, which is expected to be a `what`.
  ///
  /// - Throws: `CommandFailure` if it is missing, unreadable, a directory, or over `limit` bytes.
  static func read(_ path: String, limit: Int, what: String) throws -> Data {
    var isDirectory = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw CommandFailure("\(path): no such file; give the path of a \(what)")
    }
    guard !isDirectory else {
      throw CommandFailure("\(path): is a directory; give the path of a \(what)")
    }
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    if let size = attributes?[.size] as? Int, size > limit {
      throw CommandFailure("\(path): is \(size) bytes; a \(what) has at most \(limit)")
    }
    do {
      return try Data(contentsOf: URL(filePath: path))
    } catch {
      throw CommandFailure("\(path): cannot be read; check its permissions")
    }
  }
}
