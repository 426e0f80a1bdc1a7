import BenchmarkSuites
import Foundation
import Measurement
import Testing

@Suite(.serialized) struct BenchCommandTests {
  /// A run of the smallest suite, which a debug build may measure.
  private static func words(_ path: String, _ more: [String] = []) -> [String] {
    ["bench", "smoke", "--results", path, "--allow-debug-build", "--budget", "0.01"] + more
  }

  private static func read(_ path: String) throws -> Results<KernelResult> {
    try Results([UInt8](try Data(contentsOf: URL(filePath: path))), file: path)
  }

  /// The suite's cases on this machine.
  private static func keys() throws -> Set<String> {
    let processors = EnvironmentRecord.current().usableProcessors
    let suite = try #require(try SuiteCatalog.suite("smoke"))
    return Set(try suite.cases(for: ExpansionTarget(processors: processors)).map(\.key))
  }

  @Test func `listing measures nothing and writes nothing`() throws {
    let directory = try ScratchDirectory()
    let path = directory.url.path + "/r.jsonl"
    let run = CommandRun(["bench", "smoke", "--list", "--results", path, "--output", "json"])
    #expect(run.exitCode == 0 && run.output.contains("q4_k"))
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test(.enabled(if: BuildRecord.isDebug, "only a debug build refuses"))
  func `a debug build refuses to measure`() {
    let run = CommandRun("bench smoke --results /dev/null")
    #expect(run.exitCode == 1 && run.errors.contains("swift run -c release ridgeline bench"))
  }

  @Test func `a run that is killed at random moments resumes to completion`() async throws {
    let directory = try ScratchDirectory()
    let path = directory.url.path + "/r.jsonl"
    var generator = SystemRandomNumberGenerator()
    var kills = 0
    var finished: Set<String> = []
    for _ in 0..<25 {
      let run = try Binary(Self.words(path), in: directory)
      try await Task.sleep(for: .milliseconds(Int.random(in: 5...250, using: &generator)))
      let wasRunning = run.isRunning
      run.signal(SIGKILL)
      _ = try await run.wait()
      if wasRunning { kills += 1 }
      guard FileManager.default.fileExists(atPath: path) else { continue }
      let now = try Self.read(path).keys
      #expect(now.isSuperset(of: finished), "finished cases are never lost")
      finished = now
    }
    #expect(kills > 5, "the kills must hit")
    let last = try Binary(Self.words(path), in: directory)
    #expect(try await last.wait() == 0, "\(last.errorText)")
    let results = try Self.read(path)
    #expect(results.keys == (try Self.keys()))
    #expect(results.entries.count == results.keys.count && results.tornFiles.isEmpty)
    #expect(results.entries.allSatisfy { ($0.payload.timing?.seconds.count ?? 9) >= 9 })
  }

  @Test func `an interrupted run keeps what it has and says how to go on`() async throws {
    let directory = try ScratchDirectory()
    let path = directory.url.path + "/r.jsonl"
    let run = try Binary(Self.words(path), in: directory)
    while run.isRunning, (try? Self.read(path).entries.isEmpty) ?? true {
      try await Task.sleep(for: .milliseconds(2))
    }
    run.signal(SIGINT)
    let code = try await run.wait()
    // It may have finished just before.
    #expect(code == 130 || code == 0)
    if code == 130 { #expect(run.errorText.contains("the same command goes on")) }
    #expect(try !Self.read(path).entries.isEmpty)
  }

  @Test func `two processes share one file without loss or repetition`() async throws {
    let directory = try ScratchDirectory()
    let path = directory.url.path + "/r.jsonl"
    let runs = try (0..<2).map { _ in try Binary(Self.words(path), in: directory) }
    for run in runs { #expect(try await run.wait() == 0, "\(run.errorText)") }
    let results = try Self.read(path)
    #expect(results.keys == (try Self.keys()))
    #expect(results.entries.count == results.keys.count && results.runs.count == 2)
  }

  @Test func `shards together are the suite`() async throws {
    let directory = try ScratchDirectory()
    var merged = Results<KernelResult>()
    for index in 1...3 {
      let path = directory.url.path + "/\(index).jsonl"
      let run = CommandRun(Self.words(path, ["--shard", "\(index)/3"]))
      #expect(run.exitCode == 0, "\(run.errors)")
      try merged.merge(try Self.read(path))
    }
    #expect(merged.keys == (try Self.keys()) && merged.entries.count == merged.keys.count)
  }

  @Test func `a place that cannot be written is told before measuring`() {
    let full = CommandRun(Self.words("/dev/full"))
    #expect(full.exitCode == 1)
    #expect(full.errors.contains("/dev/full: cannot be written: No space left on device"))
    let missing = CommandRun(Self.words("/nowhere/r.jsonl"))
    #expect(missing.exitCode == 1 && missing.errors.contains("create the folder first"))
    for run in [full, missing] { #expect(run.output.isEmpty) }
  }

  @Test func `a file of something else stays as it is`() throws {
    let directory = try ScratchDirectory()
    let path = try directory.file("notes.txt", "remember the milk\n")
    let run = CommandRun(Self.words(path))
    #expect(run.exitCode == 1 && run.errors.contains("notes.txt, line 1"))
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "remember the milk\n")
  }

  @Test func `results next to a busy process say so`() async throws {
    let directory = try ScratchDirectory()
    let path = directory.url.path + "/r.jsonl"
    let processors = EnvironmentRecord.current().usableProcessors
    let others = try (0..<processors).map { _ in
      let process = Process()
      process.executableURL = URL(filePath: "/bin/sh")
      // Ends by itself after two minutes of CPU time, whatever becomes of this process.
      process.arguments = ["-c", "ulimit -t 120; while :; do :; done"]
      try process.run()
      return process
    }
    defer { for process in others { kill(process.processIdentifier, SIGKILL) } }
    let run = try Binary(
      ["bench", "smoke", "--results", path, "--allow-debug-build", "--budget", "0.3"],
      in: directory)
    #expect(try await run.wait() == 0, "\(run.errorText)")
    let timed = try Self.read(path).entries.map(\.payload).filter { $0.timing != nil }
    let noticed = timed.count { result in
      result.advisories.contains { $0.kind == .otherLoad || $0.kind == .preempted }
    }
    #expect(noticed * 2 > timed.count, "\(noticed) of \(timed.count)")
    #expect(run.errorText.contains("are not steady"))
  }
}
