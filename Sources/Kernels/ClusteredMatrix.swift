internal import CKernels

/// Weights A[m,k] whose input channels are in clusters, each with a static grid for its activations and, per
/// row, one for its weights, as RPTQ has them.
///
///     C[row] = sum over clusters c of
///       sa[c] sw[row, c] (sum over k in c of (a - za[c]) (w - zw[row, c]))
///
/// Activations of 16 bits have no grids: sa is 1, za is 0, and floats are added up. Otherwise sums of
/// clusters are int32 and exact. What the zeros of the activations come to is known beforehand
/// and added as one number a row. Clusters are padded to 16 channels.
public struct ClusteredMatrix: Sendable {
  /// The grid of a cluster's activations: `value = scale (code - zero)`.
  public struct Cluster: Hashable, Sendable {
    /// The input channels, in the order in which they are stored.
    public var channels: [Int]
    /// The distance of two values; positive.
    public var scale: Float
    /// What is taken off a code.
    public var zero: Int

    /// A cluster from its parts.
    public init(channels: [Int], scale: Float, zero: Int) {
      self.channels = channels
      self.scale = scale
      self.zero = zero
    }
  }

  /// The weights of a row in a cluster: `weight = scale (code - zero)`.
  public struct WeightGrid: Hashable, Sendable {
    /// The distance of two values.
    public var scale: Float
    /// From 0 to 15.
    public var zero: UInt8

    /// A grid from its parts.
    public init(scale: Float, zero: UInt8) {
      self.scale = scale
      self.zero = zero
    }
  }

  /// The number of outputs, m.
  public let rows: Int
  /// The number of inputs, k.
  public let columns: Int
  /// Bits of a weight's code, 3 or 4.
  public let weightBits: Int
  /// Bits of an activation's code, 2 to 8, signed; 16 where activations stay as they are and are multiplied
  /// as f32.
  public let activationBits: Int

  let memory: MatrixMemory
  let layout: ck_layout
  /// What the division into segments needs in C.
  let words: [UInt16]
  let channels: [UInt32]
  let activationScales: [Float]
  let activationZeros: [Float]

  /// Packs weights.
  ///
  /// - Parameters:
  ///   - codes: `codes[row * columns + channel]`, channels as activations have them.
  ///   - grids: `grids[row * clusters.count + cluster]`.
  ///   - clusters: Every channel is in one of them. Where activations have 16 bits, their grids play no part.
  ///   - weightBits: 3 or 4.
  ///   - activationBits: 2 to 8, or 16.
  /// - Throws: ``MatrixError`` for sizes that do not fit together and other widths.
  public init(
    codes: [UInt8], grids: [WeightGrid], clusters: [Cluster], weightBits: Int, activationBits: Int
  ) throws(MatrixError) {
    let columns = clusters.reduce(0) { $0 + $1.channels.count }
    guard columns > 0, !codes.isEmpty else { throw .empty(rows: 0, columns: columns, tokens: 1) }
    rows = codes.count / columns
    guard (3...4).contains(weightBits), activationBits == 16 || (2...8).contains(activationBits)
    else {
      throw .noKernel(format: "clustered W\(weightBits)A\(activationBits)")
    }
    guard codes.count == rows * columns else {
      throw .wrongCount(of: "codes", expected: rows * columns, actual: codes.count)
    }
    guard grids.count == rows * clusters.count else {
      throw .wrongCount(of: "grids", expected: rows * clusters.count, actual: grids.count)
    }
    guard Set(clusters.flatMap(\.channels)) == Set(0..<columns) else {
      throw .wrongCount(
        of: "channels of clusters", expected: columns,
        actual: Set(clusters.flatMap(\.channels)).intersection(0..<columns).count)
    }
    self.columns = columns
    self.weightBits = weightBits
    self.activationBits = activationBits
    let clusters =
      activationBits == 16
      ? clusters.map { Cluster(channels: $0.channels, scale: 1, zero: 0) } : clusters
    let segments = Segments(clusters)
    words = segments.words
    channels = segments.channels
    activationScales = segments.cluster.map { clusters[$0].scale }
    activationZeros = segments.cluster.map { Float(clusters[$0].zero) }
    let (layout, panels) = (
      words.withClusters { ck_cluster_layout(UInt32(weightBits), $0) }, (rows + 15) / 16
    )
    self.layout = layout
    memory = MatrixMemory(count: panels * layout.stride)
    for panel in 0..<panels {
      let part = PanelRows(
        panel * 16..<min(rows, panel * 16 + 16), codes, grids, clusters, segments)
      part.pack(UInt32(weightBits), words, memory.pointer() + panel * layout.stride)
    }
  }

  /// The same weights in memory of their own, or of `arena`.
  public func duplicate(in arena: MatrixArena? = nil) -> ClusteredMatrix {
    ClusteredMatrix(copying: self, in: arena)
  }

  private init(copying other: ClusteredMatrix, in arena: MatrixArena?) {
    (rows, columns, layout) = (other.rows, other.columns, other.layout)
    (weightBits, activationBits) = (other.weightBits, other.activationBits)
    (words, channels) = (other.words, other.channels)
    (activationScales, activationZeros) = (other.activationScales, other.activationZeros)
    memory = arena?.copy(of: other.memory) ?? MatrixMemory(copying: other.memory)
  }

  /// The number of panels of 16 rows.
  var panels: Int { (rows + 15) / 16 }

  /// The bytes that a product reads: packed weights, padding included.
  public var packedBytes: Int { panels * layout.stride }

  /// Which pages the weights are in.
  public var pages: PageUse { memory.pages }

  /// Multiplies with activations: C[m,n] = A[m,k] * B[k,n]; see ``QuantizedMatrix/multiply(_:tokens:)``.
  ///
  /// - Throws: ``MatrixError`` if there are no tokens or the activations have another size.
  public func multiply(_ activations: [Float], tokens: Int) throws(MatrixError) -> [Float] {
    var result: [Float] = []
    try ClusterMultiplier().multiply(self, activations, tokens: tokens, into: &result)
    return result
  }
}

/// Clusters cut where a chunk ends.
private struct Segments {
  /// Words of each.
  var words: [UInt16] = []
  /// The cluster of each.
  var cluster: [Int] = []
  /// The channel of each column, none where a cluster is padded.
  var channels: [UInt32] = []

  init(_ clusters: [ClusteredMatrix.Cluster]) {
    let (word, chunk) = (Int(CK_CLUSTER_WORD), Int(CK_CLUSTER_CHUNK))
    for (index, cluster) in clusters.enumerated() where !cluster.channels.isEmpty {
      var left = (cluster.channels.count + word - 1) / word
      channels += cluster.channels.map { UInt32($0) }
      channels += [UInt32](
        repeating: .max, count: left * word - cluster.channels.count)
      while left > 0 {
        let used = words.reduce(0) { ($0 + Int($1)) % chunk }
        let here = min(left, chunk - used)
        words.append(UInt16(here))
        self.cluster.append(index)
        left -= here
      }
    }
  }
}

/// The rows of one panel in the order of segments.
private struct PanelRows {
  let count: Int
  var codes: [UInt8] = []
  var scales: [Float] = []
  var zeros: [UInt8] = []
  var bias: [Float] = []

  init(
    _ rows: Range<Int>, _ allCodes: [UInt8], _ grids: [ClusteredMatrix.WeightGrid],
    _ clusters: [ClusteredMatrix.Cluster], _ segments: Segments
  ) {
    count = rows.count
    let columns = allCodes.count / max(1, grids.count / max(1, clusters.count))
    for row in rows {
      codes += segments.channels.map { $0 == .max ? 0 : allCodes[row * columns + Int($0)] }
      for cluster in segments.cluster {
        let grid = grids[row * clusters.count + cluster]
        scales.append(clusters[cluster].scale * grid.scale)
        zeros.append(grid.zero)
      }
      var total = 0.0
      for (index, cluster) in clusters.enumerated() {
        let grid = grids[row * clusters.count + index]
        let sum = cluster.channels.reduce(0) {
          $0 + Int(allCodes[row * columns + $1]) - Int(grid.zero)
        }
        total -= Double(cluster.scale * grid.scale) * Double(cluster.zero) * Double(sum)
      }
      bias.append(Float(total))
    }
  }

  func pack(_ bits: UInt32, _ words: [UInt16], _ panel: UnsafeMutablePointer<UInt8>) {
    words.withClusters { clusters in
      codes.withUnsafeBufferPointer { codes in
        scales.withUnsafeBufferPointer { scales in
          zeros.withUnsafeBufferPointer { zeros in
            bias.withUnsafeBufferPointer { bias in
              var rows = ck_cluster_rows(
                bits: bits, clusters: clusters, rows: count, codes: codes.baseAddress,
                scales: scales.baseAddress, zeros: zeros.baseAddress, bias: bias.baseAddress)
              ck_pack_clusters(&rows, panel)
            }
          }
        }
      }
    }
  }
}

extension [UInt16] {
  /// Calls `body` with the words of segments as C has them.
  func withClusters<Result>(_ body: (ck_clusters) -> Result) -> Result {
    withUnsafeBufferPointer {
      body(
        ck_clusters(
          words: $0.baseAddress, segments: count, all_words: reduce(0) { $0 + Int($1) }))
    }
  }
}
