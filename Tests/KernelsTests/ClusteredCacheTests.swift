import Kernels
import QuantizationFormats
import QuantizationSystems
import Testing

@Suite("RPTQ: attention over caches of clusters")
struct ClusteredCacheTests {
  typealias Shape = CachedAttentionTests.Shape
  typealias Data = CachedAttentionTests.Data

  /// The magnitudes that the rounding of a kernel follows, of one head of keys or values.
  private static func largest(_ cache: ClusteredCache, _ channel: Int) -> Double {
    let grid = cache.grids[cache.clusters.cluster[channel]]
    let top = Double(1 << grid.bits)
    return Double(grid.scale) * (top + abs(Double(grid.zero) + top / 2))
  }

  /// What the result of a query of `data` may be off: scores by the rounding of their sums, weights by twice
  /// the error of scores, values by the rounding of theirs.
  private static func bound(
    _ data: Data, _ keys: [ClusteredCache], _ values: [ClusteredCache]
  ) -> Double {
    let shape = data.shape
    let group = shape.heads / shape.keyHeads
    var score = 0.0
    for row in 0..<data.queries.count / shape.keyWidth {
      let head = row % shape.heads / group
      let magnitude = (0..<shape.keyWidth).reduce(0.0) {
        $0 + abs(Double(data.queries[row * shape.keyWidth + $1])) * largest(keys[head], $1)
      }
      score = max(score, magnitude * Double(Data.scale))
    }
    let slack = Double(shape.cap ?? 1) * 0x1p-21
    let error = gamma(shape.keyWidth + 24) * score + slack
    let value =
      values.flatMap { cache in
        (0..<shape.valueWidth).map { largest(cache, $0) }
      }.max() ?? 0
    return (2.1 * error + gamma(shape.depth + shape.tokens + 64)) * value
  }

  @Test(
    "It agrees with double precision over what codes stand for, on every instruction set",
    arguments: CachedAttentionTests.shapes, [CacheFormat.rptq4, .rptq3])
  func product(_ shape: Shape, _ format: CacheFormat) throws {
    let bits = try #require(format.gridBits)
    var data = Data(shape)
    let keys = data.grids(data.keys, width: shape.keyWidth, bits: bits)
    let values = data.grids(data.values, width: shape.valueWidth, bits: bits)
    let bound = Self.bound(data, keys, values)
    data.keys = data.rounded(data.keys, width: shape.keyWidth, to: keys)
    data.values = data.rounded(data.values, width: shape.valueWidth, to: values)
    let expected = data.expected
    for level in ISA.levels where ISA.allowed.isSuperset(of: level.isa) {
      let actual = try CachedAttentionTests.attended(shape, format, isa: level.isa)
      try #require(actual.count == expected.count)
      let worst = zip(actual, expected).map { abs(Double($0) - $1) }.max() ?? 0
      #expect(worst < bound, "\(level.name): \(worst) of \(bound)")
    }
    // A bound that half a step of a grid could hide in would prove nothing.
    let step = values.flatMap(\.grids).map { Double($0.scale) }.filter { $0 > 0.01 }.min() ?? 0
    #expect(bound < step / 2)
  }

  @Test("A number costs the bits that its format says", arguments: [CacheFormat.rptq4, .rptq3])
  func size(_ format: CacheFormat) throws {
    let described = try KVCacheFormat.named(format.rawValue).key
    #expect(described.bitsPerWeight() == Double(format.gridBits ?? 0))
    for width in [32, 64, 96, 128, 256] {
      let bits = described.bitsPerWeight(columns: width) * Double(width)
      #expect(Double(8 * format.bytes(width: width)) == bits)
    }
  }

  @Test("Tokens can be stored anew, and what is no number has a code")
  func again() throws {
    for format in [CacheFormat.rptq4, .rptq3] {
      let cache = try KeyValueCache(
        sequences: 1, tokens: 40, heads: 1, keyWidth: 32, valueWidth: 32, format: format)
      let grid = CacheGrid(
        scales: [Float](repeating: 1, count: 32), zeros: [Float](repeating: 4, count: 32))
      try cache.setGrids(keys: [grid], values: [grid])
      let attention = CachedAttention(pool: ThreadPool(threads: 1))
      for value in [Float(3), -2, 100, .nan, 1] {
        try attention.store(
          keys: [Float](repeating: value, count: 33 * 32),
          values: [Float](repeating: value, count: 33 * 32),
          at: .init(position: 0, newTokens: 33), in: cache)
        var out: [Float] = []
        try attention.attend(
          [Float](repeating: 0.25, count: 32), rule: .init(heads: 1, scale: 1),
          at: .init(position: 32, newTokens: 1), in: cache, into: &out)
        let top = Float(1 << (format.gridBits ?? 0)) - 5
        let expected = value.isNaN ? -4 : min(value, top)
        #expect(out.allSatisfy { abs($0 - expected) < 1e-5 }, "\(format) \(value): \(out[0])")
      }
    }
  }

  @Test("Without grids nothing is stored or read; those of another shape are refused")
  func refusals() throws {
    let cache = try KeyValueCache(
      sequences: 1, tokens: 32, heads: 2, keyWidth: 32, valueWidth: 64, format: .rptq4)
    let attention = CachedAttention(pool: ThreadPool(threads: 1))
    #expect(throws: TransformerKernelError.noGrids(format: "rptq4")) {
      try attention.store(
        keys: [Float](repeating: 0, count: 64), values: [Float](repeating: 0, count: 128),
        at: .init(position: 0, newTokens: 1), in: cache)
    }
    let grid = CacheGrid(
      scales: [Float](repeating: 1, count: 32), zeros: [Float](repeating: 0, count: 32))
    #expect(throws: TransformerKernelError.wrongCount(of: "grids", expected: 2, actual: 1)) {
      try cache.setGrids(keys: [grid], values: [grid, grid])
    }
    #expect(throws: TransformerKernelError.wrongCount(of: "a grid", expected: 64, actual: 32)) {
      try cache.setGrids(keys: [grid, grid], values: [grid, grid])
    }
    #expect(throws: TransformerKernelError.headWidth(48, format: "rptq3", granularity: 32)) {
      try KeyValueCache(
        sequences: 1, tokens: 8, heads: 1, keyWidth: 48, valueWidth: 64, format: .rptq3)
    }
  }
}

extension CachedAttentionTests.Data {
  /// The channel of head `head` of `all`, keys or values, as X[token, channel].
  private func matrix(_ all: [Float], head: Int, width: Int) -> Matrix {
    let row = shape.keyHeads * width
    var own: [Float] = []
    for first in stride(from: head * width, to: all.count, by: row) {
      own += all[first..<first + width]
    }
    return Matrix(rows: all.count / row, columns: width, values: own)
  }

  /// RPTQ's grids of four clusters, one for each head of keys; the first eight tokens are calibration, so that
  /// some of the others are clipped.
  func grids(_ all: [Float], width: Int, bits: Int) -> [ClusteredCache] {
    (0..<shape.keyHeads).map { head in
      let known = matrix(
        Array(all.prefix(8 * shape.keyHeads * width)), head: head, width: width)
      return ClusteredCache(
        calibration: known,
        clusters: ChannelClusters(of: known, count: Reorder.queriesAndKeys.clusters), bits: bits)
    }
  }

  /// What the codes of keys or values stand for.
  func rounded(_ all: [Float], width: Int, to caches: [ClusteredCache]) -> [Float] {
    let heads = caches.enumerated().map { head, cache in
      cache.values(cache.codes(matrix(all, head: head, width: width)))
    }
    return (0..<all.count / (shape.keyHeads * width)).flatMap { token in
      heads.flatMap { $0.row(token) }
    }
  }
}

extension ClusteredCache {
  /// The same as kernels take it: codes from 0 on.
  var cacheGrid: CacheGrid {
    let own = clusters.cluster.map { grids[$0] }
    let zeros = own.map { grid in Float(grid.zero + (1 << (grid.bits - 1))) }
    return CacheGrid(scales: own.map(\.scale), zeros: zeros)
  }
}
