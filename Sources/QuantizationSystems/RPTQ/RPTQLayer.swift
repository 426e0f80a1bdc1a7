/// A linear layer of RPTQ (Yuan and others, 2023): input channels in clusters of like range, each with a
/// static grid for activations and, per output, one for weights.
///
///     Y[output] = sum over clusters c of
///       sa[c] sw[output, c] (sum over k in c of (a - za[c]) (w - zw[output, c]))
public struct RPTQLayer: Sendable {
  /// Which input channel belongs to which cluster.
  public let clusters: ChannelClusters
  /// The grid of the activations of each cluster; none where activations stay 16 bits.
  public let activationGrids: [ClusterGrid]
  /// Weights, with the cluster of an input for its group.
  public let weights: GroupedCodes

  /// Quantizes W[output, input] for activations like X[token, input].
  ///
  /// Weights are quantized by GPTQ, cluster after cluster; activation bounds are the extremes of the
  /// calibration set. Activations of 16 bits are not quantized.
  ///
  /// - Throws: ``GPTQ/CalibrationError`` if the activations make no usable Hessian.
  public init(
    quantizing weights: Matrix, calibration: Matrix, clusters: ChannelClusters, weightBits: Int,
    activationBits: Int
  ) throws(GPTQ.CalibrationError) {
    self.clusters = clusters
    let order = clusters.order
    let sorted = calibration.permutingColumns(order)
    let used = Set(clusters.cluster).sorted()
    let groups = order.map { channel in
      used.firstIndex(of: clusters.cluster[channel]) ?? 0
    }
    let codes = try GPTQ(bits: weightBits).quantize(
      weights.permutingColumns(order), hessian: GPTQ.hessian(of: sorted), groups: groups)
    self.weights = codes.scattered(to: order, groups: used, of: clusters.count)
    activationGrids = (0..<(activationBits == 16 ? 0 : clusters.count)).map { cluster in
      let values = calibration.values.indices.lazy
        .filter { clusters.cluster[$0 % calibration.columns] == cluster }
        .map { calibration.values[$0] }
      let (lower, upper) = AffineGrid.bounds(values)
      return ClusterGrid(
        bits: activationBits, lower: lower <= upper ? lower : 0, upper: lower <= upper ? upper : 0)
    }
  }

  /// The codes of X[token, input], each of its cluster's grid.
  public func codes(_ activations: Matrix) -> [Int8] {
    activations.values.enumerated().map { index, value in
      activationGrids[clusters.cluster[index % activations.columns]].code(value)
    }
  }

  /// Y[token, output] from int32 sums of each cluster, added in the order of the clusters; without grids
  /// of activations, the product with the weights that the codes stand for.
  public func product(_ activations: Matrix) -> Matrix {
    guard !activationGrids.isEmpty else {
      return activations.product(with: weights.dequantized)
    }
    let order = clusters.order
    return product(
      codes: codes(activations), tokens: activations.rows,
      channels: (0..<clusters.count).map { cluster in
        order.filter { clusters.cluster[$0] == cluster }
      })
  }

  /// The same from codes, with the channels of each cluster in any order.
  func product(codes: [Int8], tokens: Int, channels: [[Int]]) -> Matrix {
    var result = Matrix(repeating: 0, rows: tokens, columns: weights.rows)
    for token in 0..<tokens {
      for output in 0..<weights.rows {
        for (cluster, members) in channels.enumerated() where !members.isEmpty {
          let (input, grid) = (activationGrids[cluster], weights.grid(output, cluster))
          var sum: Int32 = 0
          for channel in members {
            let activation = Int32(codes[token * clusters.cluster.count + channel])
            let weight = Int32(weights.code(output, channel))
            sum += (activation - Int32(input.zero)) * (weight - Int32(grid.zero))
          }
          result[token, output] += input.scale * grid.scale * Float(sum)
        }
      }
    }
    return result
  }
}

extension GroupedCodes {
  /// Undoes a reorder: column i of the result is the column that stands at i in `order`, and its
  /// group is one of `groups`, which are some of `count`.
  func scattered(to order: [Int], groups used: [Int], of count: Int) -> GroupedCodes {
    var group = [Int](repeating: 0, count: columns)
    var codes = [UInt8](repeating: 0, count: self.codes.count)
    for (position, channel) in order.enumerated() {
      group[channel] = used[self.group[position]]
      for output in 0..<rows {
        codes[output * columns + channel] = UInt8(code(output, position))
      }
    }
    let unused = AffineGrid(bits: bits, scale: 1, zero: 0)
    let grids = (0..<rows).flatMap { output in
      (0..<count).map { cluster in
        used.firstIndex(of: cluster).map { grid(output, $0) } ?? unused
      }
    }
    return GroupedCodes(
      rows: rows, columns: columns, bits: bits, group: group, codes: codes, grids: grids)
  }
}
