/// Input channels sorted into clusters of like range, by k-means on their largest and smallest value.
public struct ChannelClusters: Hashable, Sendable {
  /// The cluster of each channel.
  public let cluster: [Int]
  /// How many clusters there are.
  public let count: Int

  /// Clusters as they are given.
  public init(cluster: [Int], count: Int) {
    precondition(cluster.allSatisfy { (0..<count).contains($0) })
    self.cluster = cluster
    self.count = count
  }

  /// Channels in the order in which RPTQ stores them: cluster after cluster, else as they were.
  public var order: [Int] {
    cluster.indices.sorted { (cluster[$0], $0) < (cluster[$1], $1) }
  }

  /// Finds clusters of the channels of X[token, channel].
  ///
  /// Lloyd's algorithm from ten seeded starts, each spread by k-means++; the best is kept. With
  /// fewer different channels than clusters, some clusters stay empty.
  public init(of activations: Matrix, count: Int, seed: UInt64 = 0) {
    let channels = activations.transposed
    let points = (0..<channels.rows).map { channel in
      let (lower, upper) = AffineGrid.bounds(channels.row(channel))
      return [Double(upper), Double(lower)]
    }
    self.init(points: points, count: count, seed: seed)
  }

  /// Finds clusters of points, such as (max Q, max K, min Q, min K) of the channels of a head.
  public init(points: [[Double]], count: Int, seed: UInt64 = 0) {
    var random = RandomNumbers(seed: seed)
    var best = (labels: [Int](repeating: 0, count: points.count), spread: Double.infinity)
    for _ in 0..<10 {
      let run = Self.lloyd(points, from: Self.startingCentres(points, count, &random))
      if run.spread < best.spread { best = run }
    }
    self.init(cluster: best.labels, count: count)
  }

  private static func distance(_ first: [Double], _ second: [Double]) -> Double {
    zip(first, second).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }

  /// k-means++: each centre is a point drawn with its squared distance from those before it.
  private static func startingCentres(
    _ points: [[Double]], _ count: Int, _ random: inout RandomNumbers
  ) -> [[Double]] {
    var centres = [points[Int(random.next() % UInt64(points.count))]]
    var nearest = points.map { distance($0, centres[0]) }
    while centres.count < count {
      var left = random.uniform() * nearest.reduce(0, +)
      let chosen = nearest.firstIndex { distance in
        left -= distance
        return left <= 0 && distance > 0
      }
      let centre = points[chosen ?? points.count - 1]
      centres.append(centre)
      for index in points.indices {
        nearest[index] = min(nearest[index], distance(points[index], centre))
      }
    }
    return centres
  }

  private static func lloyd(
    _ points: [[Double]], from start: [[Double]]
  ) -> (labels: [Int], spread: Double) {
    var centres = start
    var labels = [Int](repeating: -1, count: points.count)
    for _ in 0..<300 {
      let next = points.map { point in
        centres.indices.min { distance(point, centres[$0]) < distance(point, centres[$1]) } ?? 0
      }
      guard next != labels else { break }
      labels = next
      for cluster in centres.indices {
        let members = points.indices.filter { labels[$0] == cluster }
        guard !members.isEmpty else { continue }
        centres[cluster] = points[0].indices.map { axis in
          members.reduce(0) { $0 + points[$1][axis] } / Double(members.count)
        }
      }
    }
    return (labels, zip(points, labels).reduce(0) { $0 + distance($1.0, centres[$1.1]) })
  }
}
