import Foundation
import Testing

@testable import TransformerModels

/// A directory that disappears with the test.
final class TemporaryDirectory {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/ridgeline-\(UUID().uuidString)/"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8], zeros: Int = 0) throws -> String {
    try Data(bytes + [UInt8](repeating: 0, count: zeros))
      .write(to: URL(fileURLWithPath: path + name))
    return path + name
  }

  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }
}

@Suite("Model files in parts, and what a path leads to")
struct GGUFSplitTests {
  /// A llama of two layers, its tensors dealt out to three files, the first without any.
  private func writeParts(
    to directory: TemporaryDirectory, count: Int = 3, tensors: Int? = nil
  ) throws {
    let whole = GGUFSample.llama()
    for part in 0..<3 {
      var sample = GGUFSample()
      sample.keys = part == 0 ? whole.keys : []
      sample.keys += [("split.no", .u32(part)), ("split.count", .u32(count))]
      if part == 0 {
        sample.keys.append(("split.tensors.count", .u32(tensors ?? whole.tensors.count)))
      } else {
        sample.tensors = whole.tensors.enumerated().filter { $0.offset % 2 == part - 1 }
          .map(\.element)
      }
      try directory.write(
        "m-0000\(part + 1)-of-00003.gguf", sample.header(), zeros: sample.dataBytes)
    }
  }

  @Test("Any part leads to all of them", arguments: 1...3)
  func anyPart(part: Int) throws {
    let directory = try TemporaryDirectory()
    try writeParts(to: directory)
    let file = try ModelFile.read(path: directory.path + "m-0000\(part)-of-00003.gguf")
    #expect(file.paths == (1...3).map { directory.path + "m-0000\($0)-of-00003.gguf" })
    #expect(file.tensors.count == GGUFSample.llama().tensors.count)
    #expect(file.model?.layerCount == 2)
    #expect(file.container == "GGUF v3")
    #expect(try ModelFile.read(path: directory.path).paths == file.paths)
  }

  @Test("A missing part is named")
  func missingPart() throws {
    let directory = try TemporaryDirectory()
    try writeParts(to: directory)
    let missing = directory.path + "m-00002-of-00003.gguf"
    try FileManager.default.removeItem(atPath: missing)
    let error = #expect(throws: ModelError.self) {
      try ModelFile.read(path: directory.path + "m-00003-of-00003.gguf")
    }
    #expect(error?.description == "\(missing): part 2 of 3 is missing; download it too")
  }

  @Test("Parts that were renamed or do not belong together are refused")
  func wrongParts() throws {
    let directory = try TemporaryDirectory()
    try writeParts(to: directory, count: 4)
    var error = #expect(throws: ModelError.self) {
      try ModelFile.read(path: directory.path + "m-00001-of-00003.gguf")
    }
    #expect(error?.field == "split.count")

    try writeParts(to: directory, tensors: 7)
    error = #expect(throws: ModelError.self) {
      try ModelFile.read(path: directory.path + "m-00001-of-00003.gguf")
    }
    #expect(error?.field == "split.tensors.count")

    try writeParts(to: directory)
    let second = directory.path + "m-00002-of-00003.gguf"
    let third = directory.path + "m-00003-of-00003.gguf"
    try FileManager.default.removeItem(atPath: second)
    try FileManager.default.copyItem(atPath: third, toPath: second)
    error = #expect(throws: ModelError.self) { try ModelFile.read(path: third) }
    #expect(error?.file == second)
    #expect(error?.problem.contains("says part 3 of 3, the name part 2 of 3") == true)
  }

  @Test("A path that leads to no model says what to name instead")
  func paths() throws {
    let directory = try TemporaryDirectory()
    func problem(_ path: String) -> String {
      do throws(ModelError) {
        _ = try ModelFile.read(path: path)
        return "none"
      } catch { return error.problem }
    }
    #expect(problem(directory.path + "none.gguf").contains("does not exist"))
    #expect(problem(directory.path).contains("name the model's directory"))
    try directory.write("notes.txt", "plain words")
    #expect(problem(directory.path + "notes.txt").contains("neither GGUF, safetensors nor JSON"))
    try directory.write("empty.gguf", "")
    #expect(problem(directory.path + "empty.gguf").contains("neither GGUF"))
    let sample = GGUFSample.llama()
    try directory.write("a.gguf", sample.header(), zeros: sample.dataBytes)
    try directory.write("b.gguf", sample.header(), zeros: sample.dataBytes)
    #expect(problem(directory.path).contains("a.gguf, b.gguf"))
    #expect(problem("/dev/null").contains("not a regular file"))
  }
}
