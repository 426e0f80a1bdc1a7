public import Kernels
import Measurement
import QuantizationFormats
import Units

/// Measures what a transformer computes beside products of weights, for predictions.
///
/// Between two steps of decode all weights pass through the caches, so that keys and values come from
/// memory: before each sample of those operations, memory is read until nothing else is left there.
public struct OperationCalibration {
  /// The time of an operation at one size.
  public struct Point: Hashable, Sendable {
    /// What it is, as ``HardwareProfile/KernelCeilings/Operation`` names it.
    public let name: String
    /// Threads that shared the work.
    public let threads: Int
    /// Numbers, cached tokens or query-key pairs.
    public let size: Double
    /// The median in seconds; of attention, for one head of keys.
    public let seconds: Double
  }

  private let threads: Int
  private let samples: Int
  private let sweeps: Int
  private let cacheFormats: [CacheFormat]
  private let pool: ThreadPool
  private let rows: RowOperations
  private let attention: CachedAttention
  /// What fills the caches.
  private let memory: CeilingProbe

  /// A calibration with `threads` threads that takes `samples` of each time.
  ///
  /// - Parameters:
  ///   - threads: Threads that share the work.
  ///   - memoryBytes: Bytes that leave nothing else in the caches once they are read.
  ///   - samples: Samples of each time.
  ///   - sweeps: How often all is measured, at different times; at least once.
  ///   - cacheFormats: Formats of keys and values.
  public init(
    threads: Int, memoryBytes: Int, samples: Int = 15, sweeps: Int = 2,
    cacheFormats: [CacheFormat] = CacheFormat.allCases
  ) {
    self.threads = threads
    self.cacheFormats = cacheFormats
    self.samples = samples
    self.sweeps = sweeps
    pool = ThreadPool(threads: threads)
    memory = CeilingProbe(bytes: memoryBytes)
    rows = RowOperations(pool: pool)
    attention = CachedAttention(pool: pool)
  }

  /// All points, each the lowest of the medians of all sweeps.
  ///
  /// What else works on the machine for some seconds then spoils one of two only.
  ///
  /// - Throws: ``TransformerKernelError`` never, unless shapes are changed.
  public func points() throws -> [Point] {
    var best = try sweep()
    for _ in 1..<max(1, sweeps) {
      best = zip(best, try sweep()).map { $0.seconds < $1.seconds ? $0 : $1 }
    }
    return best
  }

  private func sweep() throws -> [Point] {
    var points = rowPoints() + embeddingPoints()
    for format in cacheFormats {
      points += try storePoints(format)
      for width in [64, 128] {
        points += try decodePoints(format, width: width)
        points += try prefillPoints(format, width: width)
      }
    }
    return points
  }

  // MARK: Rows

  /// Below 16384 numbers one thread works, so that sizes lie on both sides.
  private static let sizes = [576, 4096, 15_360, 32_768, 131_072, 1_048_576, 4_194_304]

  private func rowPoints() -> [Point] {
    Self.sizes.flatMap { size -> [Point] in
      let width = min(size, 2048) / 64 * 64
      let tokens = size / width
      let x = [Float](repeating: 0.5, count: tokens * width)
      let gain = [Float](repeating: 1, count: width)
      let turns = [Float](repeating: 0.7, count: tokens * 64)
      var out = x
      let numbers = Double(x.count)
      return [
        point("norm", numbers) {
          rows.normalizeRootMeanSquare(x, gain: gain, width: width, epsilon: 1e-5, into: &out)
        },
        point("rope", numbers) {
          rows.rotate(
            &out, heads: width / 64, width: 64, turns: turns, pairs: 32, interleaved: true)
        },
        point("activation", numbers) { rows.activate(&out, gate: x, with: .silu) },
        point("residual", numbers) { rows.add(x, scale: 0.001, to: &out) },
      ]
    }
  }

  /// Rows of an embedding as files hold them, in the most usual format of embeddings.
  private func embeddingPoints() -> [Point] {
    let format = StorageFormat.q8_0
    return [(1, 256), (1, 2048), (16, 2048), (256, 2048)].map { tokens, width in
      let row = [UInt8](
        repeating: 1, count: Int(format.bytes(rows: 1, columns: width).count))
      var numbers: [Float] = []
      return point("embedding", Double(tokens * width)) {
        numbers.removeAll(keepingCapacity: true)
        for _ in 0..<tokens { numbers += format.unpackRows(row, columns: width) ?? [] }
      }
    }
  }

  // MARK: Attention

  /// Layers that are visited in turn, so that keys and values do not stay in the first cache.
  private static let layers = 24

  private func caches(
    _ format: CacheFormat, tokens: Int, width: Int, layers: Int = Self.layers
  ) throws -> [KeyValueCache] {
    let caches = try (0..<layers).map { _ in
      let cache = try KeyValueCache(
        sequences: 1, tokens: tokens, heads: Self.heads, keyWidth: width, valueWidth: width,
        format: format)
      try cache.setGrids(covering: -1...1)
      return cache
    }
    try fill(caches, width: width)
    return caches
  }

  private static let heads = 8
  /// Query heads for each head of keys.
  private static let groups = [1, 4]

  private func storePoints(_ format: CacheFormat) throws -> [Point] {
    let caches = try caches(format, tokens: 512, width: 64)
    return try [1, 32, 512].map { tokens in
      let numbers = [Float](repeating: 0.5, count: tokens * Self.heads * 64)
      let store = { (cache: KeyValueCache) in
        try attention.store(
          keys: numbers, values: numbers, at: .init(position: 0, newTokens: tokens), in: cache)
      }
      let (name, size) = ("store/\(format.rawValue)", Double(2 * numbers.count))
      guard tokens == 1 else { return try point(name, size) { try store(caches[0]) } }
      return try coldPoint(name, size, of: caches.count) {
        for cache in caches { try store(cache) }
      }
    }
  }

  private func decodePoints(_ format: CacheFormat, width: Int) throws -> [Point] {
    let caches = try caches(format, tokens: 2048, width: width)
    return try Self.groups.flatMap { group in
      try [16, 128, 512, 1024, 2048].map { context in
        try attentionPoint(
          "attention_decode/\(format.rawValue)/\(width)/\(group)", caches, group: group,
          place: .init(position: context - 1, newTokens: 1), size: Double(context), isCold: true)
      }
    }
  }

  private func prefillPoints(_ format: CacheFormat, width: Int) throws -> [Point] {
    let caches = try caches(format, tokens: 1024, width: width, layers: 1)
    let places = [(0, 32), (0, 64), (0, 128), (0, 256), (0, 512), (512, 512)]
    return try Self.groups.flatMap { group in
      try places.map { depth, tokens in
        let pairs = Double(tokens * depth) + Double(tokens * (tokens + 1)) / 2
        return try attentionPoint(
          "attention_prefill/\(format.rawValue)/\(width)/\(group)", caches, group: group,
          place: .init(position: depth, newTokens: tokens), size: pairs, isCold: false)
      }
    }
  }

  /// Memory that was never written is one page of zeros, which stays in the cache.
  private func fill(_ caches: [KeyValueCache], width: Int) throws {
    for cache in caches {
      let numbers = [Float](repeating: 0.5, count: cache.capacity * Self.heads * width)
      try attention.store(
        keys: numbers, values: numbers, at: .init(position: 0, newTokens: cache.capacity),
        in: cache)
    }
  }

  private func attentionPoint(
    _ name: String, _ caches: [KeyValueCache], group: Int, place: CachedAttention.Place,
    size: Double, isCold: Bool
  ) throws -> Point {
    let width = caches[0].keyWidth
    let heads = Self.heads * group
    let queries = [Float](repeating: 0.1, count: place.newTokens * heads * width)
    var out: [Float] = []
    let rule = CachedAttention.Rule(heads: heads, scale: 0.125)
    func attend() throws {
      for cache in caches {
        try attention.attend(queries, rule: rule, at: place, in: cache, into: &out)
      }
    }
    let layer =
      isCold
      ? try coldPoint(name, size, of: caches.count, attend)
      : try point(name, size, attend).divided(by: caches.count)
    return layer.divided(by: Self.heads)
  }

  /// The median time of one of `count` things that `body` does after the caches were filled with other
  /// memory.
  private func coldPoint(
    _ name: String, _ size: Double, of count: Int, _ body: () throws -> Void
  ) rethrows -> Point {
    try body()
    var seconds = Samples()
    for _ in 0..<samples {
      _ = memory.read(on: pool, prefetching: 0)
      seconds.append(try MonotonicClock.time(body))
    }
    return Point(name: name, threads: threads, size: size, seconds: seconds.median ?? 0)
      .divided(by: count)
  }

  /// The median time of `body`, repeated so that a sample takes at least 20 microseconds.
  private func point(_ name: String, _ size: Double, _ body: () throws -> Void) rethrows -> Point {
    try body()
    let once = max(try MonotonicClock.time(body), 1e-8)
    let repeats = max(1, Int(2e-5 / once))
    var seconds: [Double] = []
    for _ in 0..<samples {
      let time = try MonotonicClock.time { for _ in 0..<repeats { try body() } }
      seconds.append(time / Double(repeats))
    }
    return Point(
      name: name, threads: threads, size: size, seconds: Samples(seconds).median ?? once)
  }
}

extension OperationCalibration.Point {
  /// The point of one of `count` parts that take the same time.
  fileprivate func divided(by count: Int) -> Self {
    Self(name: name, threads: threads, size: size, seconds: seconds / Double(count))
  }
}
