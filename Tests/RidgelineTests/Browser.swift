import Foundation

/// A real browser without a window: Chromium, where one is installed.
enum Browser {
  /// `RIDGELINE_CHROMIUM`, or what a search path has; nil if there is none.
  static let path: String? = {
    let environment = ProcessInfo.processInfo.environment
    if let path = environment["RIDGELINE_CHROMIUM"] { return path.isEmpty ? nil : path }
    let folders = (environment["PATH"] ?? "").split(separator: ":")
    let names = ["chromium", "chromium-browser", "google-chrome"]
    return folders.flatMap { folder in names.map { "\(folder)/\($0)" } }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  static let isMissing = "no Chromium; apt-get install chromium, or set RIDGELINE_CHROMIUM"

  /// What a page looked like when it was done, and what the browser said.
  struct Visit {
    let document: String
    let errors: String
  }

  /// Opens `file`, waits for the page and its scripts, and returns the document.
  ///
  /// With a `budget` timers run ahead of the clock for so many milliseconds.
  static func open(
    _ file: String, fragment: String, budget: Int? = nil, isDark: Bool = false,
    in directory: ScratchDirectory
  ) async throws -> Visit {
    let process = Process()
    let name = "browser-\(UUID())"
    let output = directory.url.appending(path: name + ".out")
    let errors = directory.url.appending(path: name + ".err")
    for file in [output, errors] { try Data().write(to: file) }
    process.executableURL = URL(filePath: path ?? "")
    process.arguments =
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--enable-logging=stderr", "--user-data-dir=\(directory.url.path)/\(name)",
        "--host-resolver-rules=MAP * ~NOTFOUND",
      ] + (budget.map { ["--virtual-time-budget=\($0)"] } ?? [])
      + (isDark ? ["--blink-settings=preferredColorScheme=0"] : []) + [
        "--dump-dom", "file://\(file)#\(fragment)",
      ]
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    for _ in 0..<12_000 where process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
    if process.isRunning { process.terminate() }
    return Visit(
      document: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8))
  }
}
