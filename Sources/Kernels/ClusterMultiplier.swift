internal import CKernels

/// Multiplies matrices of clusters with activations, with memory and threads that it keeps.
///
/// It serves one caller at a time; several can share a pool.
public final class ClusterMultiplier {
  /// The threads that share the work.
  public let pool: ThreadPool

  private let kernel: ck_cluster_kernel
  private let floatKernel: ck_cluster_kernel
  private var codes = AlignedMemory(count: 64)
  private var sums = AlignedMemory(count: 64)
  private var finite = AlignedMemory(count: 64)

  /// A multiplier that uses `isa` at most.
  public init(pool: ThreadPool = ThreadPool(threads: 1), isa: ISA = .allowed) {
    self.pool = pool
    kernel = isa.best(in: ck_cluster_kernel_at, requires: \.required) { $0.matmul != nil }
    floatKernel = isa.best(in: ck_cluster_kernel_at, requires: \.required) {
      $0.matmul_floats != nil
    }
  }

  /// The name of the instruction set that it uses for activations of so many bits.
  public func isa(activationBits: Int) -> String {
    String(cString: activationBits == 16 ? floatKernel.isa : kernel.isa)
  }

  /// Multiplies: C[m,n] = A[m,k] * B[k,n].
  ///
  /// Activations are rounded to the grids of their clusters and clipped by them; a NaN or an infinity
  /// makes every output of its token NaN. Those of 16 bits are multiplied as they are.
  ///
  /// - Parameters:
  ///   - matrix: A.
  ///   - input: B, token after token: `input[token * columns + channel]`.
  ///   - tokens: The number of tokens, n.
  ///   - result: C, token after token: `result[token * rows + row]`; resized if it has another size.
  /// - Throws: ``MatrixError`` for wrong sizes.
  public func multiply(
    _ matrix: ClusteredMatrix, _ input: [Float], tokens: Int, into result: inout [Float]
  ) throws(MatrixError) {
    try prepareProduct(
      rows: matrix.rows, columns: matrix.columns, tokens: tokens, input, &result)
    if matrix.activationBits == 16 {
      multiplyFloats(matrix, input, tokens: tokens, into: &result)
      return
    }
    AlignedMemory.grow(&codes, to: matrix.channels.count * tokens)
    AlignedMemory.grow(&sums, to: matrix.words.count * tokens * 4)
    AlignedMemory.grow(&finite, to: tokens * 4)
    input.withUnsafeBufferPointer { x in
      result.withUnsafeMutableBufferPointer { out in
        matrix.words.withClusters { clusters in
          quantize(matrix, clusters, x.baseAddress, tokens: tokens)
          multiply(matrix, clusters, tokens: tokens, into: out.baseAddress)
        }
      }
    }
  }

  private func bounds(_ share: Int, of count: Int) -> (Int, Int) {
    (count * share / pool.threads, count * (share + 1) / pool.threads)
  }

  private func quantize(
    _ matrix: ClusteredMatrix, _ clusters: ck_clusters, _ x: UnsafePointer<Float>?, tokens: Int
  ) {
    let half = Float(1 << (matrix.activationBits - 1))
    matrix.channels.withUnsafeBufferPointer { channels in
      matrix.activationScales.withUnsafeBufferPointer { scales in
        matrix.activationZeros.withUnsafeBufferPointer { zeros in
          let all = ck_cluster_quantize_args(
            x: x, tokens: tokens, columns: matrix.columns, clusters: clusters,
            channels: channels.baseAddress, scales: scales.baseAddress, zeros: zeros.baseAddress,
            least: -half, most: half - 1, tile: kernel.tile, first_tile: 0, end_tile: 0,
            codes: codes.pointer(), sums: sums.pointer(), finite: finite.pointer())
          let tiles = (tokens + kernel.tile - 1) / kernel.tile
          let store = { [kernel] (first: Int, end: Int) in
            var part = all
            (part.first_tile, part.end_tile) = (first, end)
            kernel.quantize(&part)
          }
          if tiles == 1 {
            store(0, 1)
          } else {
            pool.run { share in store(bounds(share, of: tiles).0, bounds(share, of: tiles).1) }
          }
        }
      }
    }
  }

  private func multiply(
    _ matrix: ClusteredMatrix, _ clusters: ck_clusters, tokens: Int,
    into out: UnsafeMutablePointer<Float>?
  ) {
    let all = ck_cluster_args(
      bits: UInt32(matrix.weightBits), panels: matrix.memory.pointer(), layout: matrix.layout,
      clusters: clusters, rows: matrix.rows, first_panel: 0, end_panel: 0, tokens: tokens,
      codes: codes.pointer(), sums: sums.pointer(), finite: finite.pointer(), out: out)
    pool.run { share in
      var part = all
      (part.first_panel, part.end_panel) = bounds(share, of: matrix.panels)
      if part.first_panel < part.end_panel { kernel.matmul(&part) }
    }
  }

  private func multiplyFloats(
    _ matrix: ClusteredMatrix, _ input: [Float], tokens: Int, into result: inout [Float]
  ) {
    let word = MemoryLayout<Float>.size
    AlignedMemory.grow(&codes, to: matrix.channels.count * tokens * word)
    AlignedMemory.grow(&sums, to: matrix.channels.count / Int(CK_CLUSTER_WORD) * tokens * word)
    input.withUnsafeBufferPointer { x in
      result.withUnsafeMutableBufferPointer { out in
        matrix.words.withClusters { clusters in
          gather(matrix, clusters, x.baseAddress, tokens: tokens)
          let all = ck_cluster_float_args(
            bits: UInt32(matrix.weightBits), panels: matrix.memory.pointer(),
            layout: matrix.layout, clusters: clusters, rows: matrix.rows, first_panel: 0,
            end_panel: 0, tokens: tokens, x: codes.pointer(), sums: sums.pointer(),
            out: out.baseAddress)
          pool.run { share in
            var part = all
            (part.first_panel, part.end_panel) = bounds(share, of: matrix.panels)
            if part.first_panel < part.end_panel { floatKernel.matmul_floats(&part) }
          }
        }
      }
    }
  }

  /// Puts activations in the order of the stored columns.
  private func gather(
    _ matrix: ClusteredMatrix, _ clusters: ck_clusters, _ x: UnsafePointer<Float>?, tokens: Int
  ) {
    matrix.channels.withUnsafeBufferPointer { channels in
      let all = ck_cluster_gather_args(
        x: x, tokens: tokens, columns: matrix.columns, clusters: clusters,
        channels: channels.baseAddress, tile: floatKernel.float_tile, first_tile: 0, end_tile: 0,
        out: codes.pointer(), sums: sums.pointer())
      let tiles = (tokens + all.tile - 1) / all.tile
      pool.run { share in
        var part = all
        (part.first_tile, part.end_tile) = bounds(share, of: tiles)
        ck_gather_clusters(&part)
      }
    }
  }
}
