import Kernels
import QuantizationFormats
import QuantizationSystems

extension KeyValueCache {
  /// Gives a cache of static grids those of RPTQ, found from its first keys and values instead of a
  /// calibration set: in each head four clusters of channels by their extremes, each with a grid from the
  /// least to the largest number.
  ///
  /// Later tokens are clipped by what these tokens have reached; a handful of tokens reaches too little.
  ///
  /// - Parameters:
  ///   - keys: `keys[token * heads * width]` on, as they are stored.
  ///   - values: Likewise.
  /// - Throws: ``TransformerKernelError`` never, where both have the cache's widths.
  func calibrateGrids(keys: [Float], values: [Float]) throws(TransformerKernelError) {
    guard lacksGrids, let bits = format.gridBits else { return }
    try setGrids(
      keys: grids(keys, width: keyWidth, bits: bits),
      values: grids(values, width: valueWidth, bits: bits))
  }

  private func grids(_ numbers: [Float], width: Int, bits: Int) -> [CacheGrid] {
    (0..<heads).map { head in
      var own: [Float] = []
      for first in stride(from: head * width, to: numbers.count, by: heads * width) {
        own += numbers[first..<first + width]
      }
      let matrix = Matrix(rows: own.count / width, columns: width, values: own)
      let clusters = ChannelClusters(of: matrix, count: StorageFormat.clustersOfHead)
      return CacheGrid(ClusteredCache(calibration: matrix, clusters: clusters, bits: bits))
    }
  }
}

extension CacheGrid {
  /// RPTQ's signed codes as codes from 0 on.
  init(_ cache: ClusteredCache) {
    let own = cache.clusters.cluster.map { cache.grids[$0] }
    let zeros = own.map { grid in Float(grid.zero + (1 << (grid.bits - 1))) }
    self.init(scales: own.map(\.scale), zeros: zeros)
  }
}
