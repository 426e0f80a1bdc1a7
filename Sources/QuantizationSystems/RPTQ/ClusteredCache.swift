/// Keys or values of one head as RPTQ's KV schemes cache them: four clusters of channels with static
/// grids, scores from one int32 sum per cluster.
public struct ClusteredCache: Sendable {
  /// Which channel belongs to which cluster.
  public let clusters: ChannelClusters
  /// The grid of each cluster.
  public let grids: [ClusterGrid]

  /// Grids from the extremes of X[token, channel] of one head.
  public init(calibration: Matrix, clusters: ChannelClusters, bits: Int) {
    self.clusters = clusters
    let maxima = calibration.transposed
    grids = (0..<clusters.count).map { cluster in
      let values = (0..<maxima.rows).filter { clusters.cluster[$0] == cluster }
        .flatMap { maxima.row($0) }
      let (lower, upper) = AffineGrid.bounds(values)
      return ClusterGrid(
        bits: bits, lower: values.isEmpty ? 0 : lower, upper: values.isEmpty ? 0 : upper)
    }
  }

  /// The codes of X[token, channel].
  public func codes(_ values: Matrix) -> [Int8] {
    values.values.enumerated().map { grids[clusters.cluster[$0 % values.columns]].code($1) }
  }

  /// What codes stand for.
  public func values(_ codes: [Int8]) -> Matrix {
    let width = clusters.cluster.count
    return Matrix(
      rows: codes.count / width, columns: width,
      values: codes.enumerated().map { grids[clusters.cluster[$0 % width]].value($1) })
  }

  /// Scores[query, key] = Q K^T of codes, both with this cache's clusters.
  public func scores(queries: [Int8], of other: ClusteredCache, keys: [Int8]) -> Matrix {
    let width = clusters.cluster.count
    let (tokens, cached) = (queries.count / width, keys.count / width)
    var result = Matrix(repeating: 0, rows: tokens, columns: cached)
    for query in 0..<tokens {
      for key in 0..<cached {
        var sums = [Int32](repeating: 0, count: clusters.count)
        for channel in 0..<width {
          let cluster = clusters.cluster[channel]
          sums[cluster] +=
            (Int32(queries[query * width + channel]) - Int32(other.grids[cluster].zero))
            * (Int32(keys[key * width + channel]) - Int32(grids[cluster].zero))
        }
        result[query, key] = sums.indices.reduce(0) {
          $0 + other.grids[$1].scale * grids[$1].scale * Float(sums[$1])
        }
      }
    }
    return result
  }
}
