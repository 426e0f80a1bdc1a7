import CommandLineKit

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Files that a command writes besides its output.
enum OutputFile {
  /// Writes `text` to `path` at once: a reader sees the old file or the new one, never a part.
  ///
  /// - Throws: `CommandFailure` naming `option` if the file cannot be written.
  static func write(_ text: String, to path: String, option: String) throws {
    do {
      try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw CommandFailure(
        "\(option) \(path): cannot be written; give a path in an existing, writable directory")
    }
  }
}
