internal import CKernels

/// Norms, rotations, non-linearities and sums of rows, shared by the threads of a pool where there
/// are enough.
///
/// Rows follow each other without gaps: `x[row * width + i]`.
public final class RowOperations {
  /// The function between the matrices of a feed-forward network.
  public enum Nonlinearity: String, Sendable, CaseIterable {
    /// x / (1 + exp(-x)), also called swish.
    case silu
    /// The approximation of x P(X < x) of a normal X by tanh.
    case gelu
    case relu
  }

  /// Rows of fewer numbers are not worth waking other threads for.
  private static let leastNumbers = 16_384

  private let pool: ThreadPool
  private let kernels: TransformerKernels

  /// Operations that use `isa` at most.
  public init(pool: ThreadPool, isa: ISA = .allowed) {
    self.pool = pool
    kernels = TransformerKernels.best(on: isa)
  }

  /// `out = x / sqrt(mean(x^2) + epsilon) * gain` for each row of `width`.
  public func normalizeRootMeanSquare(
    _ x: [Float], gain: [Float]?, width: Int, epsilon: Float, into out: inout [Float]
  ) {
    checkRow(gain, width)
    if out.count != x.count { out = [Float](repeating: 0, count: x.count) }
    with(x, gain, nil, &out) { x, gain, _, out in
      shareRows(x.count, width: width) { first, rows in
        kernels.row.rms_norm(
          x.base + first, gain?.base, rows, width, epsilon, out + first)
      }
    }
  }

  /// `out = (x - mean) / sqrt(variance + epsilon) * gain + bias` for each row of `width`.
  public func normalizeLayer(
    _ x: [Float], gain: [Float]?, bias: [Float]?, width: Int, epsilon: Float,
    into out: inout [Float]
  ) {
    checkRow(gain, width)
    checkRow(bias, width)
    if out.count != x.count { out = [Float](repeating: 0, count: x.count) }
    with(x, gain, bias, &out) { x, gain, bias, out in
      shareRows(x.count, width: width) { first, rows in
        kernels.row.layer_norm(
          x.base + first, gain?.base, bias?.base, rows, width, epsilon, out + first)
      }
    }
  }

  /// Turns pairs of numbers of each head by the angles of its token.
  ///
  /// - Parameters:
  ///   - x: Heads of `width`, `heads` for each token.
  ///   - heads: Heads of a token.
  ///   - width: Numbers of a head.
  ///   - turns: Cosine and sine of each pair, token after token.
  ///   - pairs: Pairs of a head that are turned.
  ///   - interleaved: Whether pairs are neighbours; otherwise half of the turned numbers apart.
  public func rotate(
    _ x: inout [Float], heads: Int, width: Int, turns: [Float], pairs: Int, interleaved: Bool
  ) {
    let row = heads * width
    let tokens = x.count / row
    precondition(x.count == tokens * row && 2 * pairs <= width, "\(pairs) pairs of \(width)")
    precondition(turns.count == 2 * pairs * tokens, "angles of \(tokens) tokens")
    turns.withUnsafeBufferPointer { turns in
      x.withUnsafeMutableBufferPointer { x in
        guard let x = x.baseAddress, let turns = turns.baseAddress else { return }
        shareRows(tokens * row, width: row) { first, rows in
          for token in first / row..<first / row + rows {
            kernels.row.rotate(
              x + token * row, heads, width, pairs, interleaved, turns + 2 * pairs * token)
          }
        }
      }
    }
  }

  /// `x = f(x)`, or `x = f(gate) * x` where there is a gate.
  public func activate(_ x: inout [Float], gate: [Float]?, with function: Nonlinearity) {
    precondition(gate.map { $0.count == x.count } ?? true, "a gate of another size")
    let function =
      switch function {
      case .silu: CK_SILU
      case .gelu: CK_GELU
      case .relu: CK_RELU
      }
    with([], gate, nil, &x) { _, gate, _, x in
      shareRows(x.count, width: 16) { first, rows in
        kernels.row.activate(
          function, gate.map { $0.base + first }, x + first, min(16 * rows, x.count - first))
      }
    }
  }

  /// `sum += x * scale`.
  public func add(_ x: [Float], scale: Float = 1, to sum: inout [Float]) {
    precondition(x.count == sum.count, "\(x.count) and \(sum.count) numbers")
    with(x, nil, nil, &sum) { x, _, _, sum in
      shareRows(x.count, width: 16) { first, rows in
        kernels.row.add(x.base + first, scale, sum + first, min(16 * rows, x.count - first))
      }
    }
  }

  /// Adds `bias` to each row.
  public func add(bias: [Float], to sum: inout [Float]) {
    let width = bias.count
    guard width > 0 else { return }
    precondition(sum.count.isMultiple(of: width), "\(sum.count) numbers in rows of \(width)")
    with(bias, nil, nil, &sum) { bias, _, _, sum in
      shareRows(sum.count, width: width) { first, rows in
        for row in 0..<rows {
          kernels.row.add(bias.base, 1, sum + first + row * width, width)
        }
      }
    }
  }

  /// Stores for each block of 32 numbers their sum after they were rounded to 8 bits
  /// with a scale of their own.
  public func sumRounded(_ x: [Float], into sums: inout [Float]) {
    precondition(x.count.isMultiple(of: 32), "\(x.count) numbers in blocks of 32")
    if sums.count != x.count / 32 { sums = [Float](repeating: 0, count: x.count / 32) }
    with(x, nil, nil, &sums) { x, _, _, sums in
      shareRows(x.count, width: 32) { first, rows in
        kernels.row.rounded_sums(x.base + first, rows, sums + first / 32)
      }
    }
  }

  /// The index, counted from `first`, of the largest of `count` numbers there, the first of equals.
  public func indexOfLargest(in x: [Float], first: Int, count: Int) -> Int {
    precondition(first >= 0 && count > 0 && first + count <= x.count, "no such numbers")
    return x.withUnsafeBufferPointer { x in
      x.baseAddress.map { kernels.row.largest($0 + first, count) } ?? 0
    }
  }

  private func checkRow(_ vector: [Float]?, _ width: Int) {
    precondition(vector.map { $0.count == width } ?? true, "a vector for rows of \(width)")
  }

  /// Calls `body` with the first number and the count of the rows that one thread does.
  private func shareRows(_ count: Int, width: Int, _ body: (_ first: Int, _ rows: Int) -> Void) {
    let rows = (count + width - 1) / width
    guard count >= Self.leastNumbers, pool.threads > 1 else { return body(0, rows) }
    pool.run { share in
      let first = rows * share / pool.threads
      let end = rows * (share + 1) / pool.threads
      if first < end { body(first * width, end - first) }
    }
  }
}

/// An array's memory while a closure runs.
private struct Numbers {
  let base: UnsafePointer<Float>
  let count: Int
}

private struct MutableNumbers {
  let base: UnsafeMutablePointer<Float>
  let count: Int

  static func + (numbers: Self, offset: Int) -> UnsafeMutablePointer<Float> {
    numbers.base + offset
  }
}

/// Calls `body` with the memory of three inputs and an output, unless the output is empty.
private func with(
  _ x: [Float], _ gain: [Float]?, _ bias: [Float]?, _ out: inout [Float],
  _ body: (Numbers, Numbers?, Numbers?, MutableNumbers) -> Void
) {
  let count = out.count
  x.withUnsafeBufferPointer { x in
    (gain ?? []).withUnsafeBufferPointer { gainNumbers in
      (bias ?? []).withUnsafeBufferPointer { biasNumbers in
        out.withUnsafeMutableBufferPointer { out in
          guard let out = out.baseAddress, count > 0 else { return }
          func numbers(_ buffer: UnsafeBufferPointer<Float>) -> Numbers {
            Numbers(base: buffer.baseAddress ?? UnsafePointer(out), count: buffer.count)
          }
          body(
            numbers(x), gain == nil ? nil : numbers(gainNumbers),
            bias == nil ? nil : numbers(biasNumbers), MutableNumbers(base: out, count: count))
        }
      }
    }
  }
}
