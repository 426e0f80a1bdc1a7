internal import StrictJSON

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Appends the results of one run to a file, case by case.
///
/// Whatever was in the file stays. Another process may append to the same file; a case that it has
/// finished meanwhile is not written twice.
public final class ResultsWriter<Payload: ResultPayload> {
  /// The run that is written.
  public let header: RunHeader
  /// Everything in the file, as of the last look; own results appear like everybody else's.
  public private(set) var results = Results<Payload>()

  private let file: AppendOnlyFile
  private var end = 0
  private var lines = 0

  /// Opens the file at `path` for the run `header`, and writes the header.
  ///
  /// - Parameters:
  ///   - path: The file; created if it is missing.
  ///   - header: What is run, and where.
  ///   - expectedCases: For how many results there must be room on the disk.
  /// - Throws: ``ResultsError`` if the file cannot be written, the disk is full, or the file holds
  ///   results of another machine; `JSONProblem` if it holds anything but results.
  public init(path: String, header: RunHeader, expectedCases: Int) throws {
    self.header = header
    file = try AppendOnlyFile(path: path)
    let line = try Self.line(.run(header))
    try file.reserve(bytes: line.count + expectedCases * 4096)
    try append(line) { results throws(ResultsError) in
      if let other = results.machines.first(where: { $0 != header.machine }) {
        throw ResultsError(
          file: path,
          problem: "holds results of another machine: \(other.difference(from: header.machine));"
            + " write to another file")
      }
      return true
    }
  }

  /// Cases that need not run again.
  public var finishedKeys: Set<String> { results.keys }

  /// Looks what other processes have appended.
  public func refresh() throws {
    try append([]) { _ in false }
  }

  /// Appends a result, unless another process has written one of the same case meanwhile.
  ///
  /// - Parameters:
  ///   - payload: What was found.
  ///   - isRepeated: Whether the case was measured again; then only a steady result stands in the way.
  /// - Returns: Whether it was appended.
  /// - Throws: ``ResultsError`` or `JSONProblem` if the file cannot be written or holds anything else.
  @discardableResult
  public func append(_ payload: Payload, isRepeated: Bool = false) throws -> Bool {
    var isNew = false
    try append(try Self.line(.result(payload, run: header.id))) { results in
      let finished = isRepeated ? results.steadyKeys : results.keys
      isNew = !finished.contains(payload.key)
      return isNew
    }
    return isNew
  }

  /// Reads what is new, then appends `line` if `isWanted` says so, as one step for all processes.
  private func append(
    _ line: [UInt8], if isWanted: (Results<Payload>) throws(ResultsError) -> Bool
  ) throws {
    var problem: JSONProblem?
    end = try file.append(after: end) { bytes throws(ResultsError) in
      do throws(JSONProblem) {
        lines += try results.add(bytes[...], file: file.path, firstLine: lines + 1)
      } catch {
        problem = error
        return []
      }
      guard try isWanted(results) else { return [] }
      return [line]
    }
    if let problem { throw problem }
  }

  private static func line(_ line: ResultLine<Payload>) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return [UInt8](try encoder.encode(line)) + [UInt8(ascii: "\n")]
  }
}
