import Foundation

/// The program that was built with the tests, as a process of its own.
final class Binary {
  private let process = Process()
  private let errors: URL
  private let output: URL

  /// Starts `ridgeline` with `words`.
  init(_ words: [String], in directory: ScratchDirectory) throws {
    let name = "run-\(UUID())"
    errors = directory.url.appending(path: name + ".err")
    output = directory.url.appending(path: name + ".out")
    for file in [errors, output] { try Data().write(to: file) }
    process.executableURL = try Self.path()
    process.arguments = words
    process.standardError = try FileHandle(forWritingTo: errors)
    process.standardOutput = try FileHandle(forWritingTo: output)
    try process.run()
  }

  /// Sends a signal.
  func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  /// What did not end.
  struct StillRunning: Error {
    let words: [String]
    let errors: String
  }

  /// Waits; returns the exit code, or minus the signal that ended the process.
  ///
  /// After ten minutes a process hangs: under a sanitizer, on a shared machine, a run takes more
  /// than one.
  func wait() async throws -> Int32 {
    for _ in 0..<60_000 where process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
    guard !process.isRunning else {
      signal(SIGKILL)
      throw StillRunning(words: process.arguments ?? [], errors: errorText)
    }
    return process.terminationReason == .exit
      ? process.terminationStatus : -process.terminationStatus
  }

  /// Whether the process has not ended.
  var isRunning: Bool { process.isRunning }

  var errorText: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }
  var outputText: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }

  /// Next to the test bundle, or above it on macOS.
  static func path() throws -> URL {
    var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    let bundle = CommandLine.arguments.first { $0.contains(".xctest") }
    if let bundle { folder = URL(filePath: bundle).deletingLastPathComponent() }
    while folder.path.count > 1 {
      let file = folder.appending(path: "ridgeline")
      var isDirectory: ObjCBool = false
      if unsafe FileManager.default.fileExists(atPath: file.path, isDirectory: &isDirectory),
        !isDirectory.boolValue
      {
        return file
      }
      folder.deleteLastPathComponent()
    }
    throw CocoaError(.fileNoSuchFile)
  }
}
