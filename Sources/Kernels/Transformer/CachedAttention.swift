internal import CKernels

/// Stores keys and values, and lets queries meet them: softmax(scale Q K^T) V, causal.
///
/// Scores never reach memory: keys pass in blocks, with a running maximum and sum for each query.
public final class CachedAttention {
  /// The tokens of a pass: `newTokens` of each sequence, the first at `position`.
  public struct Place: Sendable {
    /// Tokens of each sequence that are in the cache before.
    public var position: Int
    /// New tokens of each sequence.
    public var newTokens: Int

    /// Describes a pass.
    public init(position: Int, newTokens: Int) {
      self.position = position
      self.newTokens = newTokens
    }
  }

  /// How scores are made.
  public struct Rule: Sendable {
    /// Heads of queries, a multiple of the cache's heads.
    public var heads: Int
    /// What the product of query and key is multiplied with.
    public var scale: Float
    /// Keys that a query sees at most, its own token's included; `nil` for all.
    public var window: Int?
    /// The bound of `cap * tanh(score / cap)`; `nil` for none.
    public var cap: Float?

    /// Describes a rule.
    public init(heads: Int, scale: Float, window: Int? = nil, cap: Float? = nil) {
      self.heads = heads
      self.scale = scale
      self.window = window
      self.cap = cap
    }
  }

  private let pool: ThreadPool
  private let kernels: TransformerKernels
  private var partials = AlignedMemory(count: 64)
  private var folded = AlignedMemory(count: 64)

  /// An attention that uses `isa` at most.
  public init(pool: ThreadPool, isa: ISA = .allowed) {
    self.pool = pool
    kernels = TransformerKernels.best(on: isa)
  }

  /// Stores keys and values of all heads: `keys[(sequence * newTokens + token) * heads * width]` on.
  ///
  /// - Throws: ``TransformerKernelError`` for wrong sizes.
  public func store(
    keys: [Float], values: [Float], at place: Place, in cache: KeyValueCache
  ) throws(TransformerKernelError) {
    let tokens = cache.sequences * place.newTokens
    try check("keys", keys, tokens * cache.heads * cache.keyWidth)
    try check("values", values, tokens * cache.heads * cache.valueWidth)
    try check(place, in: cache)
    keys.withUnsafeBufferPointer { keys in
      values.withUnsafeBufferPointer { values in
        guard let keys = keys.baseAddress, let values = values.baseAddress else { return }
        let run = StoredRun(kernels: kernels.row, place: place, cache: cache)
        share(run.items, atLeast: max(1, 64 / place.newTokens)) { run.store($0, keys, values) }
      }
    }
  }

  /// Attends to what is stored, the new tokens included: query token t of a sequence sees keys up
  /// to `position + t`.
  ///
  /// - Parameters:
  ///   - queries: `queries[((sequence * newTokens + token) * heads + head) * keyWidth]` on.
  ///   - rule: How scores are made.
  ///   - place: Where the queries' tokens are.
  ///   - cache: Keys and values.
  ///   - result: Laid out as the queries, in heads of `valueWidth`; resized if it has another size.
  /// - Throws: ``TransformerKernelError`` for wrong sizes.
  public func attend(
    _ queries: [Float], rule: Rule, at place: Place, in cache: KeyValueCache,
    into result: inout [Float]
  ) throws(TransformerKernelError) {
    precondition(rule.heads.isMultiple(of: cache.heads), "\(rule.heads) of \(cache.heads) heads")
    let tokens = cache.sequences * place.newTokens
    try check("queries", queries, tokens * rule.heads * cache.keyWidth)
    try check(place, in: cache)
    let count = tokens * rule.heads * cache.valueWidth
    if result.count != count { result = [Float](repeating: 0, count: count) }
    queries.withUnsafeBufferPointer { queries in
      result.withUnsafeMutableBufferPointer { out in
        guard let queries = queries.baseAddress, let out = out.baseAddress else { return }
        let folded = fold(queries, rows: tokens * rule.heads, rule: rule, in: cache)
        let pass = AttentionPass(
          kernels: kernels.row, rule: rule, place: place, cache: cache,
          queries: folded?.queries ?? queries, offsets: folded?.offsets, out: out)
        run(pass)
      }
    }
  }

  /// Queries in units of codes, and what is taken off their scores; `nil` for a cache without grids.
  private func fold(
    _ queries: UnsafePointer<Float>, rows: Int, rule: Rule, in cache: KeyValueCache
  ) -> (queries: UnsafePointer<Float>, offsets: UnsafePointer<Float>)? {
    guard cache.format.gridBits != nil else { return nil }
    let width = cache.keyWidth
    AlignedMemory.grow(&folded, to: rows * (width + 1) * MemoryLayout<Float>.size)
    let out = folded.pointer(as: Float.self)
    let offsets = out + rows * width
    let group = rule.heads / cache.heads
    share(rows, atLeast: 256) { row in
      kernels.row.fold_query(
        cache.keyFormat(head: row % rule.heads / group), queries + row * width, out + row * width,
        offsets + row)
    }
    return (UnsafePointer(out), UnsafePointer(offsets))
  }

  /// Divides the work: keys where queries are few, as those of one token, otherwise queries, whose
  /// partial results then stay in a thread's cache.
  private func run(_ pass: AttentionPass) {
    if pass.tiles == 1, pool.threads > 1 {
      let stride = pass.partialFloats
      reserve(pass.heads * pass.chunks * stride)
      let partials = partials.pointer(as: Float.self)
      share(pass.heads * pass.chunks, atLeast: 1) { item in
        pass.attend(
          head: item / pass.chunks, tile: 0, chunk: item % pass.chunks, partials + item * stride)
      }
      for head in 0..<pass.heads {
        pass.merge(head: head, tile: 0, partials + head * pass.chunks * stride)
      }
      return
    }
    let stride = pass.chunks * pass.partialFloats
    reserve(pool.threads * stride)
    let partials = partials.pointer(as: Float.self)
    let next = SharedCounter()
    let items = pass.heads * pass.tiles
    pool.run { share in
      let own = partials + share * stride
      // Later tiles see more keys; they come first, so that threads end together.
      while let item = next.take(below: items) {
        let (tile, head) = (pass.tiles - 1 - item / pass.heads, item % pass.heads)
        for chunk in 0..<pass.chunks {
          pass.attend(head: head, tile: tile, chunk: chunk, own + chunk * pass.partialFloats)
        }
        pass.merge(head: head, tile: tile, own)
      }
    }
  }

  private func reserve(_ floats: Int) {
    if partials.count < 4 * floats { partials = AlignedMemory(count: 4 * floats) }
  }

  private func share(_ count: Int, atLeast least: Int, _ body: (Int) -> Void) {
    guard count > least, pool.threads > 1 else {
      for item in 0..<count { body(item) }
      return
    }
    let next = SharedCounter()
    pool.run { _ in
      while let item = next.take(below: count) { body(item) }
    }
  }

  private func check(_ place: Place, in cache: KeyValueCache) throws(TransformerKernelError) {
    let needed = place.position + place.newTokens
    guard needed <= cache.capacity else {
      throw .cacheIsFull(needed: needed, capacity: cache.capacity)
    }
    guard !cache.lacksGrids else { throw .noGrids(format: cache.format.rawValue) }
  }

  private func check(
    _ what: String, _ numbers: [Float], _ expected: Int
  ) throws(TransformerKernelError) {
    guard numbers.count == expected else {
      throw .wrongCount(of: what, expected: expected, actual: numbers.count)
    }
  }
}

/// Keys and values of new tokens, in items that threads can store at the same time: the tokens of a head that
/// share a block of 32 positions, because panels and tiles are not of one token alone.
private struct StoredRun {
  let kernels: ck_transformer
  let place: CachedAttention.Place
  let cache: KeyValueCache

  private var block: Int { Int(CK_CACHE_TILE) }
  private var firstBlock: Int { place.position / block }
  private var blocks: Int {
    (place.position + place.newTokens + block - 1) / block - firstBlock
  }

  var items: Int { cache.sequences * cache.heads * blocks }

  func store(_ item: Int, _ keys: UnsafePointer<Float>, _ values: UnsafePointer<Float>) {
    let (part, head) = item.quotientAndRemainder(dividingBy: cache.heads)
    let (sequence, index) = part.quotientAndRemainder(dividingBy: blocks)
    let first = (firstBlock + index) * block
    let end = min(first + block, place.position + place.newTokens)
    for position in max(first, place.position)..<end {
      let row = sequence * place.newTokens + position - place.position
      let vector = row * cache.heads + head
      kernels.store_key(
        cache.keyFormat(head: head), keys + vector * cache.keyWidth, position,
        cache.keys(sequence: sequence, head: head))
      kernels.store_value(
        cache.valueFormat(head: head), values + vector * cache.valueWidth, position,
        cache.values(sequence: sequence, head: head))
    }
  }
}

/// Hands out numbers from 0 on to several threads.
private final class SharedCounter: @unchecked Sendable {
  private let word: UnsafeMutablePointer<UInt32>

  init() {
    word = .allocate(capacity: 1)
    word.initialize(to: 0)
  }

  deinit { word.deallocate() }

  func take(below limit: Int) -> Int? {
    let number = Int(ck_atomic_add(word, 1)) - 1
    return number < limit ? number : nil
  }
}
