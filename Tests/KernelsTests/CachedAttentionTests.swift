import Kernels
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite("Attention over a cache")
struct CachedAttentionTests {
  /// Shapes and rules that differ in everything that the kernel treats apart.
  struct Shape: Sendable, CustomTestStringConvertible {
    var sequences = 1
    var heads = 4
    var keyHeads = 2
    var keyWidth = 64
    var valueWidth = 64
    var depth = 0
    var tokens = 5
    var window: Int?
    var cap: Float?

    var testDescription: String {
      "\(sequences)x\(tokens)@\(depth) \(heads)/\(keyHeads) \(keyWidth)/\(valueWidth)"
        + " \(window ?? 0) \(cap ?? 0)"
    }
  }

  static let shapes = [
    Shape(), Shape(tokens: 1), Shape(depth: 31, tokens: 1), Shape(depth: 700, tokens: 1),
    Shape(sequences: 3, heads: 9, keyHeads: 3, depth: 17, tokens: 40),
    Shape(heads: 8, keyHeads: 8, keyWidth: 128, valueWidth: 96, depth: 500, tokens: 33),
    Shape(heads: 7, keyHeads: 1, keyWidth: 32, valueWidth: 32, depth: 0, tokens: 70),
    Shape(depth: 40, tokens: 50, window: 16), Shape(depth: 900, tokens: 1, window: 100),
    Shape(depth: 20, tokens: 9, cap: 2),
  ]

  static func numbers(_ count: Int, seed: UInt64) -> [Float] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in random.normal() }
  }

  /// What a pass gives after the tokens before were stored in parts of `part`.
  static func attended(
    _ shape: Shape, _ format: CacheFormat, threads: Int = 1, part: Int = .max, isa: ISA = .allowed
  ) throws -> [Float] {
    let total = shape.depth + shape.tokens
    let cache = try KeyValueCache(
      sequences: shape.sequences, tokens: total, heads: shape.keyHeads, keyWidth: shape.keyWidth,
      valueWidth: shape.valueWidth, format: format)
    let attention = CachedAttention(pool: ThreadPool(threads: threads), isa: isa)
    let data = Data(shape)
    if let bits = format.gridBits {
      try cache.setGrids(
        keys: data.grids(data.keys, width: shape.keyWidth, bits: bits).map(\.cacheGrid),
        values: data.grids(data.values, width: shape.valueWidth, bits: bits).map(\.cacheGrid))
    }
    var first = 0
    var result: [Float] = []
    while first < total {
      let end =
        first < shape.depth
        ? min(shape.depth, first + min(part, 512)) : min(total, first + min(part, total))
      let place = CachedAttention.Place(position: first, newTokens: end - first)
      try attention.store(
        keys: data.rows(data.keys, shape.keyHeads * shape.keyWidth, first..<end),
        values: data.rows(data.values, shape.keyHeads * shape.valueWidth, first..<end),
        at: place, in: cache)
      if first >= shape.depth {
        var out: [Float] = []
        try attention.attend(
          data.rows(data.queries, shape.heads * shape.keyWidth, first..<end),
          rule: .init(
            heads: shape.heads, scale: Data.scale, window: shape.window, cap: shape.cap),
          at: place, in: cache, into: &out)
        result += out
      }
      first = end
    }
    return result
  }

  /// Keys, values and queries of all tokens of all sequences.
  struct Data {
    static let scale: Float = 0.2
    let shape: Shape
    var keys: [Float]
    var values: [Float]
    let queries: [Float]

    init(_ shape: Shape) {
      self.shape = shape
      let count = shape.sequences * (shape.depth + shape.tokens)
      keys = numbers(count * shape.keyHeads * shape.keyWidth, seed: 1)
      values = numbers(count * shape.keyHeads * shape.valueWidth, seed: 2)
      queries = numbers(count * shape.heads * shape.keyWidth, seed: 3)
    }

    func rows(_ all: [Float], _ width: Int, _ tokens: Range<Int>) -> [Float] {
      let total = shape.depth + shape.tokens
      return (0..<shape.sequences).flatMap { sequence in
        all[
          (sequence * total + tokens.lowerBound) * width..<(sequence * total + tokens.upperBound)
            * width]
      }
    }

    /// softmax(scale Q K^T) V in double precision.
    var expected: [Double] {
      let total = shape.depth + shape.tokens
      let group = shape.heads / shape.keyHeads
      var result: [Double] = []
      for sequence in 0..<shape.sequences {
        for token in shape.depth..<total {
          for head in 0..<shape.heads {
            let query = ((sequence * total + token) * shape.heads + head) * shape.keyWidth
            let first = max(0, token + 1 - (shape.window ?? total))
            let scores = (first...token).map { key -> Double in
              let start =
                ((sequence * total + key) * shape.keyHeads + head / group) * shape.keyWidth
              var sum = 0.0
              for d in 0..<shape.keyWidth {
                sum += Double(queries[query + d]) * Double(keys[start + d])
              }
              let score = sum * Double(Self.scale)
              guard let cap = shape.cap.map(Double.init) else { return score }
              return cap * tanh(score / cap)
            }
            let most = scores.max() ?? 0
            let weights = scores.map { exp($0 - most) }
            let sum = weights.reduce(0, +)
            for d in 0..<shape.valueWidth {
              var value = 0.0
              for (index, weight) in weights.enumerated() {
                let start =
                  ((sequence * total + first + index) * shape.keyHeads + head / group)
                  * shape.valueWidth
                value += weight * Double(values[start + d])
              }
              result.append(value / sum)
            }
          }
        }
      }
      return result
    }
  }

  @Test("It agrees with double precision on every instruction set", arguments: shapes)
  func product(_ shape: Shape) throws {
    let expected = Data(shape).expected
    for level in ISA.levels where ISA.allowed.isSuperset(of: level.isa) {
      // A rounding of f16 is 2^-11; of 8 bits 1/254 of the largest, 3 to 4 deviations; of 4 bits 1/16.
      for (format, bound) in [
        (CacheFormat.f32, 2e-5), (.f16, 4e-3), (.q8_0, 0.06), (.int8, 0.08), (.q4_0, 0.9),
      ] {
        let actual = try Self.attended(shape, format, isa: level.isa)
        try #require(actual.count == expected.count)
        let worst = zip(actual, expected).map { abs(Double($0) - $1) }.max() ?? 0
        #expect(worst < bound, "\(level.name) \(format): \(worst)")
      }
    }
  }

  @Test("Threads and chunks do not change a bit", arguments: shapes, CacheFormat.allCases)
  func bits(_ shape: Shape, _ format: CacheFormat) throws {
    let expected = try Self.attended(shape, format).map(\.bitPattern)
    #expect(try Self.attended(shape, format, threads: 3).map(\.bitPattern) == expected)
    if shape.sequences == 1 {
      #expect(try Self.attended(shape, format, threads: 2, part: 7).map(\.bitPattern) == expected)
    }
  }

  @Test("Wrong sizes and full caches are refused")
  func errors() throws {
    #expect(throws: TransformerKernelError.headWidth(40, format: "q8_0", granularity: 32)) {
      try KeyValueCache(
        sequences: 1, tokens: 8, heads: 1, keyWidth: 40, valueWidth: 64, format: .q8_0)
    }
    let cache = try KeyValueCache(
      sequences: 1, tokens: 32, heads: 1, keyWidth: 16, valueWidth: 16, format: .f32)
    let attention = CachedAttention(pool: ThreadPool(threads: 1))
    let row = [Float](repeating: 0, count: 16)
    #expect(throws: TransformerKernelError.cacheIsFull(needed: 33, capacity: 32)) {
      try attention.store(
        keys: row, values: row, at: .init(position: 32, newTokens: 1), in: cache)
    }
    #expect(throws: TransformerKernelError.wrongCount(of: "keys", expected: 32, actual: 16)) {
      try attention.store(keys: row, values: row, at: .init(position: 0, newTokens: 2), in: cache)
    }
  }
}
