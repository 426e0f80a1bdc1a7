import Foundation

/// What a command line prints in a shell that finds `ridgeline` in its PATH.
struct ShellRun {
  let exitCode: Int32
  let output: String
  let errors: String

  /// Runs `script` in `shell`, with variables added to the environment.
  init(
    _ script: String, shell: String = "sh", options: [String] = ["-c"],
    environment: [String: String] = [:], in directory: ScratchDirectory
  ) throws {
    let process = Process()
    let (out, err) = (UUID().uuidString, UUID().uuidString)
    func file(_ name: String) throws -> FileHandle {
      try Data().write(to: directory.url.appending(path: name))
      return try FileHandle(forWritingTo: directory.url.appending(path: name))
    }
    process.executableURL = Self.path(of: shell)
    process.arguments = options + [script]
    process.currentDirectoryURL = directory.url
    let inherited = ProcessInfo.processInfo.environment
    let folder = try Binary.path().deletingLastPathComponent().path
    process.environment = inherited.merging(environment) { $1 }
      .merging(["PATH": "\(folder):\(inherited["PATH"] ?? "")"]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try file(out)
    process.standardError = try file(err)
    try process.run()
    process.waitUntilExit()
    exitCode =
      process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    func text(_ name: String) throws -> String {
      String(decoding: try Data(contentsOf: directory.url.appending(path: name)), as: UTF8.self)
    }
    output = try text(out)
    errors = try text(err)
  }

  /// Where a program is; `nil` if it is not installed.
  static func path(of program: String) -> URL? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.lazy.map { URL(filePath: String($0)).appending(path: program) }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }
}
