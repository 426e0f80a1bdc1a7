import Kernels
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite("Operations on rows")
struct RowOperationsTests {
  private static func numbers(_ count: Int, seed: UInt64) -> [Float] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in 3 * random.normal() }
  }

  private static var operations: [(String, RowOperations)] {
    ISA.levels.filter { ISA.allowed.isSuperset(of: $0.isa) }.map {
      ($0.name, RowOperations(pool: ThreadPool(threads: 2), isa: $0.isa))
    }
  }

  private static func expect(_ actual: [Float], _ expected: [Double], _ name: String) {
    #expect(actual.count == expected.count)
    for (a, e) in zip(actual, expected) where abs(Double(a) - e) > 3e-6 * max(1, abs(e)) {
      Issue.record("\(name): \(a) instead of \(e)")
      return
    }
  }

  @Test("Norms agree with double precision", arguments: [1, 16, 37, 576, 4096])
  func norms(_ width: Int) {
    let tokens = 9
    let x = Self.numbers(tokens * width, seed: 1)
    let gain = Self.numbers(width, seed: 2)
    let bias = Self.numbers(width, seed: 3)
    var rms: [Double] = []
    var layer: [Double] = []
    for token in 0..<tokens {
      let row = x[token * width..<(token + 1) * width].map(Double.init)
      let mean = row.reduce(0, +) / Double(width)
      let squares = row.reduce(0) { $0 + $1 * $1 } / Double(width)
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
      for i in 0..<width {
        rms.append(row[i] / (squares + 1e-5).squareRoot() * Double(gain[i]))
        layer.append(
          (row[i] - mean) / (variance + 1e-5).squareRoot() * Double(gain[i]) + Double(bias[i]))
      }
    }
    for (name, rows) in Self.operations {
      var out: [Float] = []
      rows.normalizeRootMeanSquare(x, gain: gain, width: width, epsilon: 1e-5, into: &out)
      Self.expect(out, rms, name)
      rows.normalizeLayer(x, gain: gain, bias: bias, width: width, epsilon: 1e-5, into: &out)
      // One number is its own mean, and what is left of it is rounding.
      if width > 1 { Self.expect(out, layer, name) }
    }
  }

  @Test(
    "Non-linearities agree with double precision", arguments: RowOperations.Nonlinearity.allCases)
  func nonlinearities(_ function: RowOperations.Nonlinearity) {
    let extremes: [Float] = [0, -0.0, 1e-20, -90, 90, -200, 200, 87.4, -87.4]
    let x = extremes + Self.numbers(20_000, seed: 4)
    let gate = x.map { $0 * 0.7 }
    func f(_ x: Double) -> Double {
      switch function {
      case .silu: x / (1 + exp(-x))
      case .gelu: 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
      case .relu: max(0, x)
      }
    }
    for (name, rows) in Self.operations {
      var alone = x
      rows.activate(&alone, gate: nil, with: function)
      Self.expect(alone, x.map { f(Double($0)) }, name)
      var gated = x
      rows.activate(&gated, gate: gate, with: function)
      Self.expect(gated, zip(x, gate).map { Double($0) * f(Double($1)) }, name)
    }
  }

  @Test("Pairs turn, neighbours or halves", arguments: [false, true])
  func rotation(isInterleaved: Bool) {
    let (heads, width, pairs, tokens) = (3, 20, 8, 4)
    let x = Self.numbers(tokens * heads * width, seed: 5)
    let angles = Self.numbers(tokens * pairs, seed: 6)
    var expected = x.map(Double.init)
    for token in 0..<tokens {
      for head in 0..<heads {
        for pair in 0..<pairs {
          let start = (token * heads + head) * width
          let (i, j) = isInterleaved ? (2 * pair, 2 * pair + 1) : (pair, pair + pairs)
          let angle = Double(angles[token * pairs + pair])
          let (a, b) = (Double(x[start + i]), Double(x[start + j]))
          expected[start + i] = a * cos(angle) - b * sin(angle)
          expected[start + j] = a * sin(angle) + b * cos(angle)
        }
      }
    }
    let turns = angles.flatMap { [Float(cos(Double($0))), Float(sin(Double($0)))] }
    for (name, rows) in Self.operations {
      var actual = x
      rows.rotate(
        &actual, heads: heads, width: width, turns: turns, pairs: pairs,
        interleaved: isInterleaved)
      Self.expect(actual, expected, name)
    }
  }

  @Test("Sums, biases and the largest number")
  func sums() {
    let x = Self.numbers(40_000, seed: 7)
    for (name, rows) in Self.operations {
      var sum = x
      rows.add(x, scale: 0.5, to: &sum)
      Self.expect(sum, x.map { 1.5 * Double($0) }, name)
      rows.add(bias: [1, 2, 3, 4], to: &sum)
      Self.expect(sum, x.indices.map { 1.5 * Double(x[$0]) + Double($0 % 4 + 1) }, name)
      for count in [1, 15, 16, 33, 40_000] {
        let expected = x.prefix(count).indices.max { x[$0] < x[$1] }
        #expect(rows.indexOfLargest(in: x, first: 0, count: count) == expected)
      }
      #expect(rows.indexOfLargest(in: [1, 5, 5, 2], first: 0, count: 4) == 1)
      #expect(rows.indexOfLargest(in: [9, 5, 5, 2], first: 2, count: 2) == 0)
      var rounded: [Float] = []
      rows.sumRounded(
        [Float](repeating: 1, count: 32) + [Float](repeating: 0, count: 32), into: &rounded)
      #expect(rounded == [32, 0])
    }
  }
}
