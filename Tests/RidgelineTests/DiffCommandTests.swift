import BenchmarkSuites
import Foundation
import Measurement
import Testing

@testable import ridgeline

@Suite struct DiffCommandTests {
  /// Writes results of q8_0 with 1 and 2 tokens, whose times and read rates are multiplied.
  private static func write(
    _ path: String, time: [Double], reads: Double = 1, noise: [Double] = [0.99, 1, 1.01]
  ) throws {
    let header = RunHeader(
      id: RunHeader.newID(), startedUnixSeconds: 0, suite: "made up", sampling: SamplingPolicy(),
      environment: .current())
    let writer = try ResultsWriter<KernelResult>(
      path: path, header: header, expectedCases: time.count)
    for (index, factor) in time.enumerated() {
      let seconds = (noise + noise).map { $0 * factor * 1e-3 }
      let rates = seconds.map { _ in reads * 1e10 }
      let text = """
        {"case": {"subject": "matmul", "format": "q8_0", "rows": 4096, "columns": 4096,
          "tokens": \(index + 1), "threads": 1, "isa": "avx2", "placement": "memory"},
         "timing": {"seconds_per_product": \(seconds), "products_per_round": 1,
          "weight_bytes": 10000000,
          "ceilings": [{"kind": "read", "pattern": "x", "per_second": \(rates)}], "pages": "",
          "pinned": true},
         "advisories": []}
        """
      try writer.append(try JSONDecoder().decode(KernelResult.self, from: Data(text.utf8)))
    }
  }

  private let directory: ScratchDirectory
  private let before: String
  private let after: String

  init() throws {
    directory = try ScratchDirectory()
    before = directory.url.path + "/before.jsonl"
    after = directory.url.path + "/after.jsonl"
  }

  private func verdicts(_ options: [String] = []) throws -> (Int32, [String], String) {
    let run = CommandRun(["diff", before, after, "--output", "csv"] + options)
    let rows = run.output.split(separator: "\n").dropFirst()
    return (
      run.exitCode, rows.compactMap { $0.split(separator: ",").last.map(String.init) }, run.errors
    )
  }

  @Test func `a slower kernel fails, a faster one does not`() throws {
    try Self.write(before, time: [1, 1, 1])
    try Self.write(after, time: [1, 1.2, 0.8])
    let (code, verdicts, errors) = try verdicts()
    #expect(code == 1 && errors.contains("1 of 3 cases are slower"), "\(errors)")
    #expect(verdicts == ["slower", "same", "faster"])
    let text = CommandRun(["diff", before, after])
    #expect(text.output.contains("3 cases: 1 faster, 1 slower, 1 same, 0 unclear."))
  }

  @Test func `the same file twice is the same`() throws {
    try Self.write(before, time: [1, 2])
    try Self.write(after, time: [1, 2])
    let (code, verdicts, errors) = try verdicts()
    #expect(code == 0 && verdicts == ["same", "same"], "\(errors)")
  }

  @Test func `beside its ceilings, a kernel is not slower because memory is`() throws {
    try Self.write(before, time: [1])
    try Self.write(after, time: [1.5], reads: 1 / 1.5)
    #expect(try verdicts().0 == 1)
    #expect(try verdicts(["--by", "share"]).0 == 0)
  }

  @Test func `noise is no change`() throws {
    let wide = [0.7, 1, 1.3]
    try Self.write(before, time: [1], noise: wide)
    try Self.write(after, time: [1.1], noise: wide)
    let (code, verdicts, _) = try verdicts()
    #expect(code == 0 && verdicts == ["unclear"])
  }

  @Test func `files without a common case fail`() throws {
    try Self.write(before, time: [1])
    try Data().write(to: URL(filePath: after))
    let (code, _, errors) = try verdicts()
    #expect(code == 1 && errors.contains("no case with times in common"))
  }
}
