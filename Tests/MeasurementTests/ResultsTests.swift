import Foundation
import StrictJSON
import Testing

@testable import Measurement

/// A result of a made-up suite.
struct SampleResult: ResultPayload, Equatable {
  static let schema = "sample-results"
  static let schemaVersion = 3
  var key: String
  var samples: [Double]
  /// One sample says nothing about its own steadiness.
  var isSteady: Bool { samples.count > 1 }
}

@Suite struct ResultsTests {
  static func header(_ id: String = "r1", name: String? = nil) -> RunHeader {
    RunHeader(
      id: id, startedUnixSeconds: 1_700_000_000, suite: "sample", sampling: SamplingPolicy(),
      environment: .current(machineName: name))
  }

  static func path() -> String {
    FileManager.default.temporaryDirectory.appending(path: "results-\(UUID()).jsonl").path
  }

  static func bytes(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: path)))
  }

  static func read(_ path: String) throws -> Results<SampleResult> {
    try Results(bytes(path), file: path)
  }

  static func writer(_ path: String, _ header: RunHeader = header()) throws
    -> ResultsWriter<SampleResult>
  {
    try ResultsWriter(path: path, header: header, expectedCases: 3)
  }

  @Test func `what is written reads back, runs and raw samples`() throws {
    let path = Self.path()
    let writer = try Self.writer(path)
    let result = SampleResult(key: "a", samples: [1, 0.1, 1e-9, 1.0 / 3])
    #expect(try writer.append(result))
    let results = try Self.read(path)
    #expect(results.entries.map(\.payload) == [result])
    #expect(results.runs == [writer.header] && results.entries[0].run == writer.header)
    #expect(results.tornFiles.isEmpty)
  }

  @Test func `a second run resumes and adds its own header`() throws {
    let path = Self.path()
    try Self.writer(path).append(SampleResult(key: "a", samples: [1]))
    let second = try Self.writer(path, Self.header("r2"))
    #expect(second.finishedKeys == ["a"])
    #expect(try !second.append(SampleResult(key: "a", samples: [2])), "finished already")
    #expect(try second.append(SampleResult(key: "b", samples: [3])))
    let results = try Self.read(path)
    #expect(results.entries.map(\.payload.key) == ["a", "b"])
    #expect(results.entries.map(\.run.id) == ["r1", "r2"])
  }

  @Test func `of a case that was measured again the last steady result counts`() throws {
    let path = Self.path()
    let writer = try Self.writer(path)
    let noisy = SampleResult(key: "a", samples: [9])
    let steady = SampleResult(key: "a", samples: [1, 2])
    try writer.append(noisy)
    try writer.append(SampleResult(key: "b", samples: [3]))
    #expect(try writer.append(steady, isRepeated: true), "the first one was not steady")
    #expect(try !writer.append(noisy, isRepeated: true), "a steady one is there")
    #expect(try writer.append(SampleResult(key: "b", samples: [4]), isRepeated: true))
    let results = try Self.read(path)
    #expect(results.entries.map(\.payload.samples) == [[1, 2], [4]])
    #expect(results.replaced.map(\.payload.samples) == [[9], [3]], "the raw data keeps them")
    #expect(results.keys == ["a", "b"] && results.steadyKeys == ["a"])
    var twice = results
    try twice.merge(results)
    #expect(twice.entries.count == 2 && twice.replaced.count == 2, "the same runs count once")
  }

  @Test func `every prefix of a file is readable and resumes`() throws {
    let path = Self.path()
    let writer = try Self.writer(path)
    for key in ["a", "b", "c"] { try writer.append(SampleResult(key: key, samples: [1, 2])) }
    let whole = try Self.bytes(path)
    // Every place where a kill could have cut the file: all ends of lines, and many between.
    let cuts = Set(stride(from: 0, through: whole.count, by: 37)).union([
      whole.count, whole.count - 1, 1,
    ])
    for cut in cuts.sorted() {
      let part = Array(whole[..<cut])
      let results = try Results<SampleResult>(part, file: "part")
      #expect(
        results.tornFiles.count == (part.last.map { $0 != UInt8(ascii: "\n") } ?? false ? 1 : 0))
      let copy = Self.path()
      try Data(part).write(to: URL(filePath: copy))
      let resumed = try Self.writer(copy, Self.header("r2"))
      #expect(resumed.finishedKeys == results.keys)
      for key in ["a", "b", "c"] { try resumed.append(SampleResult(key: key, samples: [1, 2])) }
      #expect(try Self.read(copy).keys == ["a", "b", "c"])
      #expect(try Self.read(copy).tornFiles.isEmpty, "the torn line is gone")
      try FileManager.default.removeItem(atPath: copy)
    }
  }

  @Test func `damage anywhere else is an error that names the line`() throws {
    let path = Self.path()
    let writer = try Self.writer(path)
    try writer.append(SampleResult(key: "a", samples: [1]))
    var lines = String(decoding: try Self.bytes(path), as: UTF8.self).split(separator: "\n")
    lines.insert("{\"half", at: 1)
    let text = lines.joined(separator: "\n") + "\n"
    #expect {
      try Results<SampleResult>([UInt8](text.utf8), file: "x.jsonl")
    } throws: { "\($0)".hasPrefix("x.jsonl, line 2: ") }
  }

  @Test(arguments: [
    (#""version":3"#, #""version":4"#, "version: is 4"),
    (#""schema":"sample-results""#, #""schema":"other""#, "schema: is 'other'"),
    (#""kind":"run""#, #""kind":"ran""#, "kind: is 'ran'"),
    (#""minimum_rounds""#, #""minimum_round""#, "minimum_round: unknown key"),
  ])
  func `another schema and unknown keys are refused`(
    old: String, new: String, message: String
  ) throws {
    let path = Self.path()
    _ = try Self.writer(path)
    let text = String(decoding: try Self.bytes(path), as: UTF8.self)
      .replacingOccurrences(of: old, with: new)
    #expect {
      try Results<SampleResult>([UInt8](text.utf8), file: "x")
    } throws: { "\($0)".contains(message) }
    try Data(text.utf8).write(to: URL(filePath: path))
    #expect(throws: (any Error).self) { try Self.writer(path) }
    #expect(try Self.bytes(path) == [UInt8](text.utf8), "what is not understood stays untouched")
  }

  @Test func `a result of an unknown run is refused`() throws {
    let path = Self.path()
    try Self.writer(path).append(SampleResult(key: "a", samples: [1]))
    let lines = String(decoding: try Self.bytes(path), as: UTF8.self).split(separator: "\n")
    #expect {
      try Results<SampleResult>([UInt8]((lines[1] + "\n").utf8), file: "x")
    } throws: { "\($0)".contains("no earlier line of this file describes") }
  }

  @Test func `another machine is refused, in one file and in a merge`() throws {
    let path = Self.path()
    try Self.writer(path, Self.header("r1", name: "one"))
      .append(SampleResult(key: "a", samples: [1]))
    #expect {
      try Self.writer(path, Self.header("r2", name: "two"))
    } throws: { "\($0)".contains("another machine: named 'one' instead of named 'two'") }
    let other = Self.path()
    try Self.writer(other, Self.header("r2", name: "two"))
      .append(SampleResult(key: "b", samples: [1]))
    var results = try Self.read(path)
    #expect(throws: ResultsError.self) { try results.merge(try Self.read(other)) }
    #expect(results.entries.count == 1)
    try results.merge(try Self.read(other), allowsOtherMachines: true)
    #expect(results.keys == ["a", "b"] && results.machines.count == 2)
    try results.merge(try Self.read(other), allowsOtherMachines: true)
    #expect(results.entries.count == 2, "the same file twice counts once")
  }

  @Test func `places that cannot be written are told before measuring`() throws {
    #expect {
      try Self.writer("/dev/full")
    } throws: { "\($0)".contains("/dev/full: cannot be written: No space left on device") }
    #expect {
      try Self.writer("/nowhere/at/all.jsonl")
    } throws: { "\($0)".contains("No such file or directory; create the folder first") }
    #expect {
      try Self.writer(FileManager.default.temporaryDirectory.path)
    } throws: { "\($0)".contains("cannot be written") }
  }

  @Test func `writers of one file lose nothing and repeat nothing`() async throws {
    let path = Self.path()
    let header = Self.header()
    await withTaskGroup(of: Void.self) { group in
      for writer in 0..<4 {
        group.addTask {
          var mine = header
          mine.id = "w\(writer)"
          guard let file = try? Self.writer(path, mine) else { return }
          for index in 0..<50 {
            let samples = (0..<200).map { Double($0) }
            // Every key is written by two of the four.
            let key = "\((writer + index * 2) / 2)"
            _ = try? file.append(SampleResult(key: key, samples: samples))
          }
        }
      }
    }
    let results = try Self.read(path)
    #expect(results.entries.count == results.keys.count, "no key twice")
    #expect(results.keys == Set((0...50).map(String.init)))
    #expect(results.runs.count == 4)
    #expect(results.entries.allSatisfy { $0.payload.samples.count == 200 })
  }
}
