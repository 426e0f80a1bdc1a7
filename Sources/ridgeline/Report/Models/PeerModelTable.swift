import Foundation
import Measurement
import Reports
import StrictJSON

/// A test of a whole model in the fields of `llama-bench -o json`, by this program or another.
struct PeerModelTest: Decodable {
  let engine: String
  let model: String
  let threads: Int
  let promptTokens: Int
  let generatedTokens: Int
  let depth: Int
  /// Tokens per second of each repetition.
  let rates: [Double]
  let processor: String?
  /// The commit or release of the engine.
  let build: String?
  /// When the test was made, as ISO 8601 in UTC.
  let time: String?

  private enum CodingKeys: String, CodingKey {
    case engine = "backends"
    case model = "model_filename"
    case threads = "n_threads"
    case promptTokens = "n_prompt"
    case generatedTokens = "n_gen"
    case depth = "n_depth"
    case rates = "samples_ts"
    case processor = "cpu_info"
    case build = "build_commit"
    case time = "test_time"
  }

  /// The median rate.
  var tokensPerSecond: Double? { Samples(rates).median }

  /// `pp512`, `tg128 @ d2048`.
  var test: String {
    let kind = generatedTokens > 0 ? "tg\(generatedTokens)" : "pp\(promptTokens)"
    return kind + (depth > 0 ? " @ d\(depth)" : "")
  }

  /// The file without its folder.
  var file: String { String(model.split(separator: "/").last ?? "") }

  /// Reads an array of tests.
  ///
  /// - Throws: `JSONProblem` for anything else.
  static func read(_ data: Data, file: String) throws -> [PeerModelTest] {
    try StrictJSON.decode([PeerModelTest].self, from: data, file: file)
  }
}

/// This program beside other engines, test by test.
struct PeerModelTable {
  let tests: [PeerModelTest]

  /// A test by both.
  struct Pair {
    let ours: PeerModelTest
    let peer: PeerModelTest

    /// How many times as fast ours is, with its interval.
    var speedup: RatioInterval? {
      Samples(ours.rates).ratioOfMedians(to: Samples(peer.rates), paired: false)
    }
  }

  /// The tests of others that this program made too.
  var pairs: [Pair] {
    let own = tests.filter { $0.engine == "ridgeline" }
    return tests.filter { $0.engine != "ridgeline" }.compactMap { peer in
      own.first {
        $0.file == peer.file && $0.test == peer.test && $0.threads == peer.threads
      }.map { Pair(ours: $0, peer: peer) }
    }
  }

  var blocks: [Document.Block] {
    guard !pairs.isEmpty else { return [] }
    return [
      .heading("Beside other engines", level: 2),
      .paragraph(
        "The same files on the same machine, each test by all in turn. Rates are medians of all"
          + " repetitions."),
      .table(grid),
    ]
  }

  /// A row for each pair.
  var grid: TableGrid {
    Table(
      columns: [
        .text("model", key: "model") { $0.ours.file },
        .text("test", key: "test") { $0.ours.test },
        .integer("threads", key: "threads") { $0.ours.threads },
        .text("peer", key: "peer") { $0.peer.engine },
        .number("peer tok/s", key: "peer_tokens_per_second") { $0.peer.tokensPerSecond },
        .number("ridgeline tok/s", key: "tokens_per_second") { $0.ours.tokensPerSecond },
        .number("times as fast", key: "speedup") { $0.speedup?.ratio },
        .number("at least", key: "speedup_low") { $0.speedup?.low },
        .number("at most", key: "speedup_high") { $0.speedup?.high },
      ], rows: pairs
    ).grid
  }
}
