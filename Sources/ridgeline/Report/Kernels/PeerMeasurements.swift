import Foundation
import Measurement
import StrictJSON

/// A product that another library was timed at, as `Benchmarks/peers` writes it.
struct PeerCase: Decodable {
  let peer: String
  let format: String
  let m: Int
  let k: Int
  let n: Int
  let threads: Int
  let seconds: [Double]
  let probeReadBytesPerSecond: [Double]
  let otherLoad: Double?

  /// The median time of one product.
  var median: Double { Samples(seconds).median ?? .infinity }

  /// Bytes per second that the machine read beside it.
  var bandwidth: Double? { Samples(probeReadBytesPerSecond).median }

  /// The format as this project names it.
  ///
  /// It lacks the name of a kernel and of an interleaved or repacked layout; groups are part of it.
  var plainFormat: String {
    let words = format.split(separator: " ")
    let isGrouped = words.count > 1 && words[1].first == "g"
    let word = isGrouped ? format : String(words.first ?? "")
    let base = word.split(separator: "+", maxSplits: 1).first.map(String.init) ?? word
    let names = ["int8": "llm-int8"]
    guard let mark = base.range(of: "_r", options: .backwards),
      !base[mark.upperBound...].isEmpty, base[mark.upperBound...].allSatisfy(\.isNumber)
    else { return names[base] ?? base }
    return String(base[..<mark.lowerBound])
  }
}

/// A file of measurements of other libraries.
struct PeerMeasurements: Decodable {
  static let schema = "ridgeline-peer-measurements"

  /// Who was measured.
  struct Peer: Decodable {
    let name: String
    let version: String?
  }

  let schema: String
  let version: Int
  let peer: Peer
  let cases: [PeerCase]

  /// Reads a file.
  ///
  /// - Throws: `JSONProblem` for anything but this schema.
  static func read(_ data: Data, file: String) throws -> PeerMeasurements {
    let measurements = try StrictJSON.decode(PeerMeasurements.self, from: data, file: file)
    guard measurements.schema == schema, measurements.version == 1 else {
      throw JSONProblem(
        file: file, field: "schema",
        problem: "is '\(measurements.schema)', version \(measurements.version); this reads"
          + " '\(schema)', version 1, which Benchmarks/peers/run.py writes")
    }
    return measurements
  }
}
