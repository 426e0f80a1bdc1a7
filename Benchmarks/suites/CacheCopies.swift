import Kernels

/// Caches of keys and values of as many layers, visited in turn so that they come from where a case says.
final class CacheCopies {
  private let caches: [KeyValueCache]
  private var index = 0

  /// Bytes of the keys and values of the tokens that a case visits.
  let visitedBytes: Int

  /// Full caches for `item` that together fill `bytes`, at least `least` of them.
  ///
  /// - Throws: ``SuiteError`` for an unknown format, `TransformerKernelError` for a width of heads that
  ///   the format cannot hold.
  init(for item: KernelCase, _ pool: ThreadPool, filling bytes: Int, least: Int) throws {
    guard let format = CacheFormat(rawValue: item.format), let shape = item.heads else {
      throw SuiteError(description: "\(item.key): there is no cache in such a format")
    }
    let heads = item.columns / shape.width
    visitedBytes = 2 * item.rows * heads * format.bytes(width: shape.width)
    func cache() throws -> KeyValueCache {
      let cache = try KeyValueCache(
        sequences: 1, tokens: item.rows, heads: heads, keyWidth: shape.width,
        valueWidth: shape.width, format: format)
      try cache.setGrids(covering: -1...1)
      return cache
    }
    let first = try cache()
    let count = max(least, bytes / max(1, visitedBytes) + 1)
    caches = try [first] + (1..<count).map { _ in try cache() }
    // Memory that was never written is one page of zeros, which stays in the cache.
    let numbers = (0..<first.capacity * item.columns).map { Float(($0 * 53 + 7) % 89 - 44) / 44 }
    let attention = CachedAttention(pool: pool)
    for cache in caches {
      try attention.store(
        keys: numbers, values: numbers, at: .init(position: 0, newTokens: cache.capacity),
        in: cache)
    }
  }

  /// Which pages the caches are in.
  var pages: PageUse { caches[0].pages }

  func next() -> KeyValueCache {
    index = (index + 1) % caches.count
    return caches[index]
  }
}
