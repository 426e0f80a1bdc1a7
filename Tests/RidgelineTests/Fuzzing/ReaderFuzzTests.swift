import Foundation
import Testing

/// Readers on inputs that once broke them, on their corpus, and on random changes of it.
///
/// `Tests/RidgelineTests/Fuzzing/fuzz` looks for more, guided by coverage.
@Suite struct ReaderFuzzTests {
  private static let folder = Checkout.root.appending(path: "Tests/RidgelineTests/Fuzzing/Corpus")

  /// The inputs that are kept for a reader.
  private static func corpus(_ reader: FuzzedReader) throws -> [(name: String, bytes: [UInt8])] {
    let folder = folder.appending(path: reader.rawValue)
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
      ($0, [UInt8](try Data(contentsOf: folder.appending(path: $0))))
    }
  }

  @Test(arguments: FuzzedReader.allCases)
  func `every input of the corpus is read or refused`(_ reader: FuzzedReader) throws {
    let corpus = try Self.corpus(reader)
    try #require(!corpus.isEmpty)
    for input in corpus { reader.read(input.bytes) }
  }

  /// `RIDGELINE_FUZZ_INPUTS` asks for more than the few that every run of the tests can afford.
  @Test(arguments: FuzzedReader.allCases)
  func `random changes of the corpus are read or refused`(_ reader: FuzzedReader) throws {
    let environment = ProcessInfo.processInfo.environment
    let count = environment["RIDGELINE_FUZZ_INPUTS"].flatMap(Int.init) ?? 300
    let seed = environment["RIDGELINE_FUZZ_SEED"].flatMap(UInt64.init) ?? 1
    var mutator = Mutator(seed: seed, corpus: try Self.corpus(reader).map(\.bytes))
    let keeps = environment["RIDGELINE_FUZZ_KEEP"]
    for _ in 0..<count {
      let input = mutator.next()
      // A trap ends the process: the file then holds what caused it.
      if let keeps { try Data(input).write(to: URL(filePath: "\(keeps)-\(reader.rawValue)")) }
      reader.read(input)
    }
  }
}
