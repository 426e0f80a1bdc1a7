import CommandLineKit
import TransformerModels

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
  /// - Throws: `CommandFailure` if it is missing, a directory, or over `limit` bytes; `ModelError` if
  ///   it is unreadable or no regular file.
  static func read(_ path: String, limit: Int, what: String) throws -> Data {
    var isDirectory = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw CommandFailure("\(path): no such file; give the path of a \(what)")
    }
    guard !isDirectory else {
      throw CommandFailure("\(path): is a directory; give the path of a \(what)")
    }
    let file = try PositionedFile(path: path)
    guard file.size <= limit else {
      throw CommandFailure("\(path): is \(file.size) bytes; a \(what) has at most \(limit)")
    }
    return Data(try file.read(at: 0, count: file.size))
  }
}
