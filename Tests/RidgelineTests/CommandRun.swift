import CommandLineKit
import Foundation

@testable import ridgeline

/// What a command line printed and how it ended.
struct CommandRun {
  let exitCode: Int32
  let output: String
  let errors: String

  /// Runs `words` as `ridgeline` would, in this process.
  init(_ words: [String], width: Int = 100) {
    let console = Console.captured(width: width)
    exitCode = RidgelineProgram.program.run(words, on: console)
    output = console.standardOutput.captured
    errors = console.standardError.captured
  }

  /// Runs a command line without quoting, with or without the leading `ridgeline`.
  init(_ line: String) {
    var words = line.split(separator: " ").map(String.init)
    if words.first == "ridgeline" { words.removeFirst() }
    self.init(words)
  }

  /// The output as a JSON object.
  func json() throws -> [String: Any] {
    let value = try JSONSerialization.jsonObject(with: Data(output.utf8))
    return value as? [String: Any] ?? [:]
  }
}

/// The checkout that the tests were built from.
enum Checkout {
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }
}

/// A directory that is removed when the test is done.
final class ScratchDirectory {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "ridgeline-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Writes `text` into a file called `name` and returns its path.
  func file(_ name: String, _ text: String) throws -> String {
    try file(name, Data(text.utf8))
  }

  func file(_ name: String, _ data: Data) throws -> String {
    let path = url.appending(path: name)
    try data.write(to: path)
    return path.path
  }
}
