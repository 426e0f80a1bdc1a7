import BenchmarkSuites
import Measurement
import Reports

/// Our kernels beside the fastest of other libraries, product by product.
struct PeerComparisonTable {
  let results: [KernelResult]
  let peers: [PeerMeasurements]

  /// One product with our time and the best time of another library.
  private struct Pair {
    let ours: KernelResult
    let peer: PeerCase
    let seconds: Double

    /// How many times as fast ours is.
    var speedup: Double { peer.median / seconds }

    /// The same with both times in units of the bandwidth probed beside each.
    var speedupAtBandwidth: Double? {
      guard ours.kernelCase.tokens == 1, let theirs = peer.bandwidth,
        let own = ours.timing?.ceiling(.read)?.median
      else { return nil }
      return speedup * theirs / own
    }
  }

  private var pairs: [Pair] {
    let cases = peers.flatMap(\.cases)
    return results.compactMap { result in
      let what = result.kernelCase
      guard let seconds = result.timing?.samples.median else { return nil }
      let same = cases.filter {
        $0.plainFormat == what.format && $0.m == what.rows && $0.k == what.columns
          && $0.n == what.tokens && $0.threads == what.threads
      }
      guard let best = same.min(by: { $0.median < $1.median }) else { return nil }
      return Pair(ours: result, peer: best, seconds: seconds)
    }
  }

  var blocks: [Document.Block] {
    let pairs = pairs
    guard !pairs.isEmpty else { return [] }
    let columns: [Column<Pair>] = [
      .text("format", key: "format") { $0.ours.kernelCase.format },
      .text("shape", key: "shape") {
        "\($0.ours.kernelCase.rows) x \($0.ours.kernelCase.columns)"
      },
      .integer("tokens", key: "tokens", digits: 6) { $0.ours.kernelCase.tokens },
      .integer("threads", key: "threads", digits: 6) { $0.ours.kernelCase.threads },
      .number("ridgeline", key: "seconds", style: .seconds) { $0.seconds },
      .number("best peer", key: "peer_seconds", style: .seconds) { $0.peer.median },
      .text("peer", key: "peer") { "\($0.peer.peer) \($0.peer.format)" },
      .number("times as fast", key: "speedup") { $0.speedup },
      .number("at equal bandwidth", key: "speedup_at_bandwidth") { $0.speedupAtBandwidth },
    ]
    let names = Set(
      peers.map {
        [$0.peer.name, $0.peer.version ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
      }
    ).sorted()
    return [
      .heading("Beside other libraries", level: 2),
      .paragraph(
        "The fastest of \(names.joined(separator: ", ")) for each product, weights in 2 MiB pages"
          + " and streaming from memory on both sides. Each side was measured in windows of its own"
          + " on the same machine and day, so memory may have been slower for one: at one token the"
          + " last column multiplies each time by the bandwidth probed beside it."),
      .table(Table(columns: columns, rows: pairs).grid),
    ]
  }
}
