public import StrictJSON

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The contents of results files: runs and what they found.
///
/// A file may hold a case more than once, because it was measured again after a disturbance. Then the
/// last steady result counts, or the last one if none is steady.
public struct Results<Payload: ResultPayload>: Sendable {
  /// One result with the run that it belongs to.
  public struct Entry: Sendable {
    /// The file it was read from.
    public let file: String
    /// What was found.
    public let payload: Payload
    /// The run that found it.
    public let run: RunHeader
  }

  /// The runs in the order of the files.
  public private(set) var runs: [RunHeader] = []
  /// The results in the order of the files, one for each case of a file.
  public private(set) var entries: [Entry] = []
  /// Results in whose place others of the same case and file count.
  public private(set) var replaced: [Entry] = []
  /// Files whose last line was cut off when a writer died, with the bytes that were ignored.
  public private(set) var tornFiles: [(file: String, bytes: Int)] = []
  /// Where the result of a case of one file is in ``entries``.
  private var places: [Place: Int] = [:]

  private struct Place: Hashable {
    let file: String
    let key: String
  }

  /// Nothing.
  public init() {}

  /// Reads the lines in `bytes`, which came from `file`.
  ///
  /// A last line without an end is left out and noted in ``tornFiles``.
  ///
  /// - Throws: `JSONProblem` that names the line of anything else that is not a result of this
  ///   schema.
  public init(_ bytes: [UInt8], file: String) throws(JSONProblem) {
    let whole = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    if whole < bytes.count { tornFiles.append((file, bytes.count - whole)) }
    try add(bytes[..<whole], file: file, firstLine: 1)
  }

  /// Adds whole lines; returns how many there were.
  @discardableResult
  mutating func add(
    _ bytes: ArraySlice<UInt8>, file: String, firstLine: Int
  ) throws(JSONProblem) -> Int {
    var number = firstLine
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .dropLast()
    {
      let place = "\(file), line \(number)"
      let decoded = try StrictJSON.decode(ResultLine<Payload>.self, from: Data(line), file: place)
      try add(decoded, place: place, file: file)
      number += 1
    }
    return number - firstLine
  }

  private mutating func add(
    _ line: ResultLine<Payload>, place: String, file: String
  ) throws(JSONProblem) {
    switch line {
    case .run(let header):
      runs.append(header)
    case .result(let payload, let id):
      guard let run = runs.last(where: { $0.id == id }) else {
        throw JSONProblem(
          file: place, field: "run",
          problem: "is '\(id)', which no earlier line of this file describes; the file was cut")
      }
      add(Entry(file: file, payload: payload, run: run))
    }
  }

  private mutating func add(_ entry: Entry) {
    let place = Place(file: entry.file, key: entry.payload.key)
    guard let index = places[place] else {
      places[place] = entries.count
      entries.append(entry)
      return
    }
    let isBetter = entry.payload.isSteady || !entries[index].payload.isSteady
    replaced.append(isBetter ? entries[index] : entry)
    if isBetter { entries[index] = entry }
  }

  /// The keys of the cases that have results.
  public var keys: Set<String> { Set(entries.map(\.payload.key)) }

  /// The cases that have a result which nothing speaks against.
  public var steadyKeys: Set<String> {
    Set(entries.filter(\.payload.isSteady).map(\.payload.key))
  }

  /// The machines that the runs used, in order.
  public var machines: [MachineIdentity] {
    runs.reduce(into: []) { found, run in
      if !found.contains(run.machine) { found.append(run.machine) }
    }
  }

  /// Adds the results of other files.
  ///
  /// Runs that are in both (a file given twice, or a copy) count once.
  ///
  /// - Parameters:
  ///   - other: What to add.
  ///   - allowsOtherMachines: Whether results of different machines may stand side by side.
  /// - Throws: ``ResultsError`` if the machines differ and may not.
  public mutating func merge(
    _ other: Results, allowsOtherMachines: Bool = false
  ) throws(ResultsError) {
    if !allowsOtherMachines, let mine = machines.first,
      let stranger = other.machines.first(where: { $0 != mine })
    {
      throw ResultsError(
        file: other.entries.first?.file ?? other.tornFiles.first?.file ?? "results",
        problem: "was measured on another machine: \(stranger.difference(from: mine));"
          + " report machines one by one, or ask for all of them with --machines all")
    }
    let known = Set(runs.map(\.id))
    let keys = Set(entries.map { "\($0.run.id) \($0.payload.key)" })
    runs += other.runs.filter { !known.contains($0.id) }
    for entry in other.entries where !keys.contains("\(entry.run.id) \(entry.payload.key)") {
      add(entry)
    }
    replaced += other.replaced.filter { !known.contains($0.run.id) }
    tornFiles += other.tornFiles
  }
}
