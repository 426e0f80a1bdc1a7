internal import CKernels

/// One call of attention: what its work items share.
///
/// A tile is up to 32 queries of one head of keys; tiles are whole tokens, but where a token has more
/// queries than that.
struct AttentionPass {
  let kernels: ck_transformer
  let rule: CachedAttention.Rule
  let place: CachedAttention.Place
  let cache: KeyValueCache
  /// Queries, in units of codes where the cache has grids.
  let queries: UnsafePointer<Float>
  /// What is taken off the scores of each query; `nil` where the cache has no grids.
  var offsets: UnsafePointer<Float>?
  let out: UnsafeMutablePointer<Float>

  /// Queries that share a key.
  private var group: Int { rule.heads / cache.heads }
  private var rows: Int { place.newTokens * group }
  private var tileRows: Int { Int(CK_ATTENTION_QUERIES) }

  /// Heads of keys of all sequences.
  var heads: Int { cache.sequences * cache.heads }
  var tiles: Int { (rows + tileRows - 1) / tileRows }
  /// Chunks of keys of the last token.
  var chunks: Int {
    (place.position + place.newTokens + Int(CK_ATTENTION_CHUNK) - 1) / Int(CK_ATTENTION_CHUNK)
  }
  /// Numbers of the partial results of a tile and a chunk.
  var partialFloats: Int { (tileRows * (cache.valueWidth + 2) + 15) / 16 * 16 }

  private func bounds(_ tile: Int) -> (first: Int, end: Int) {
    (tile * tileRows, min(rows, (tile + 1) * tileRows))
  }

  /// Where the queries of a head of keys of a sequence start, in heads of queries.
  private func start(_ head: Int) -> Int {
    head / cache.heads * place.newTokens * rule.heads + head % cache.heads * group
  }

  func attend(head: Int, tile: Int, chunk: Int, _ partial: UnsafeMutablePointer<Float>) {
    let (first, end) = bounds(tile)
    let size = Int(CK_ATTENTION_CHUNK)
    let visible = place.position + (end - 1) / group + 1
    let (sequence, own) = head.quotientAndRemainder(dividingBy: cache.heads)
    var args = ck_attention_args(
      keys: cache.keys(sequence: sequence, head: own),
      values: cache.values(sequence: sequence, head: own),
      key_format: cache.keyFormat(head: own), value_format: cache.valueFormat(head: own),
      queries: queries + start(head) * cache.keyWidth, offsets: offsets.map { $0 + start(head) },
      token_stride: rule.heads * cache.keyWidth, group: group, first_query: first,
      end_query: end, position: place.position, window: rule.window ?? Int.max,
      first_key: chunk * size, end_key: min((chunk + 1) * size, visible), scale: rule.scale,
      cap: rule.cap ?? 0, partial: partial)
    kernels.attend(&args)
  }

  func merge(head: Int, tile: Int, _ partials: UnsafeMutablePointer<Float>) {
    let (first, end) = bounds(tile)
    var args = ck_attention_merge_args(
      partials: partials, chunks: chunks, chunk_stride: partialFloats, width: cache.valueWidth,
      token_stride: rule.heads * cache.valueWidth, group: group, first_query: first,
      end_query: end, out: out + start(head) * cache.valueWidth)
    kernels.merge(&args)
  }
}
