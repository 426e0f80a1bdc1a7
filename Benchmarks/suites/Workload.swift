import Kernels
import QuantizationFormats

/// What a case does again and again, ready to be timed.
struct Workload {
  /// What most of its arithmetic is done with.
  let unit: ArithmeticUnit
  /// Bytes that one run reads: of weights, or of keys and values.
  let bytes: Int
  /// Which pages they are in.
  let pages: PageUse
  /// Does it once.
  let run: () throws -> Void
}

extension Workload {
  /// C[m,n] = A[m,k] * B[k,n] by `way`, with the next of `weights` each time.
  init(
    _ item: KernelCase, _ measured: MeasuredFormat, _ way: MeasuredWay, _ weights: WeightCopies,
    on pool: ThreadPool, isa: ISA
  ) {
    let multiplier = MeasuredMultiplier(pool: pool, isa: isa)
    let activations = (0..<item.tokens * item.columns).map { index in
      Float((index * 37 + 11) % 101 - 50) / 16
        * (measured.hasOutliers(index % item.columns) ? 8 : 1)
    }
    var result: [Float] = []
    self.init(unit: way.unit, bytes: weights.packedBytes, pages: weights.pages) {
      try multiplier.multiply(
        weights.next(), activations, tokens: item.tokens, into: &result, using: way)
    }
  }

  /// The queries of `item` meet the keys and values of the next of `caches`.
  ///
  /// - Throws: `SuiteError` for a case that is no attention.
  init(_ item: KernelCase, _ caches: CacheCopies, on pool: ThreadPool, isa: ISA) throws {
    guard let heads = item.heads else {
      throw SuiteError(description: "\(item.key): says nothing of its heads")
    }
    let attention = CachedAttention(pool: pool, isa: isa)
    let queryHeads = item.columns / heads.width * heads.queriesPerKey
    let queries = (0..<item.tokens * queryHeads * heads.width).map { index in
      Float((index * 37 + 11) % 101 - 50) / 400
    }
    let rule = CachedAttention.Rule(
      heads: queryHeads, scale: 1 / Float(heads.width).squareRoot())
    let place = CachedAttention.Place(position: item.rows - item.tokens, newTokens: item.tokens)
    var result: [Float] = []
    self.init(unit: .fp32MultiplyAdd, bytes: caches.visitedBytes, pages: caches.pages) {
      try attention.attend(queries, rule: rule, at: place, in: caches.next(), into: &result)
    }
  }
}
