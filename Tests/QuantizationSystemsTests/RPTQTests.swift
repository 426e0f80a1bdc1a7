import Testing

@testable import QuantizationSystems

@Suite("RPTQ: clusters, reorders, integer products, caches")
struct RPTQTests {
  @Test("The grid of the worked example clips its largest value by one step")
  func grid() {
    let grid = ClusterGrid(bits: 4, lower: -8, upper: 10)
    #expect(grid.scale == 1.125)
    #expect(grid.zero == -1)
    #expect(grid.code(10) == 7)
    #expect(grid.value(7) == 9)
    #expect(grid.code(-8) == -8)
  }

  @Test("k-means separates ranges, the same way every time")
  func clusters() {
    let points = (0..<12).map { (index: Int) -> [Double] in
      let kind = Double(index % 3)
      return [kind * 10 + Double(index) / 100, -kind]
    }
    let clusters = ChannelClusters(points: points, count: 3)
    for first in 0..<12 {
      for second in 0..<12 {
        #expect((clusters.cluster[first] == clusters.cluster[second]) == (first % 3 == second % 3))
      }
    }
    #expect(clusters == ChannelClusters(points: points, count: 3))
    let sorted = clusters.order.map { clusters.cluster[$0] }
    #expect(sorted == sorted.sorted())
  }

  private static let layer = SyntheticLayer(
    outputs: 24, inputs: 128, tokens: 160, kind: .outliers)

  @Test(
    "Clusters lower the error of per-tensor int4 on outlying channels",
    arguments: [(4, 8), (4, 4), (3, 3)])
  func beatsPerTensor(weightBits: Int, activationBits: Int) throws {
    let layer = Self.layer
    let exact = layer.activations.product(with: layer.weights)
    func error(_ count: Int) throws -> Double {
      try RPTQLayer(
        quantizing: layer.weights, calibration: layer.calibration,
        clusters: ChannelClusters(of: layer.calibration, count: count), weightBits: weightBits,
        activationBits: activationBits
      ).product(layer.activations).relativeError(to: exact)
    }
    let (one, many) = (try error(1), try error(8))
    #expect(many < (activationBits == 8 ? 0.9 : 0.5) * one)
  }

  @Test("Reordered channels give the bits of the unpermuted definition")
  func reorder() throws {
    let layer = Self.layer
    let clusters = ChannelClusters(of: layer.calibration, count: 8)
    let quantized = try RPTQLayer(
      quantizing: layer.weights, calibration: layer.calibration, clusters: clusters, weightBits: 4,
      activationBits: 4)
    let codes = quantized.codes(layer.activations)
    let unpermuted = quantized.product(
      codes: codes, tokens: layer.activations.rows,
      channels: (0..<8).map { cluster in (0..<128).filter { clusters.cluster[$0] == cluster } })
    let backwards = quantized.product(
      codes: codes, tokens: layer.activations.rows,
      channels: (0..<8).map { cluster in
        (0..<128).reversed().filter { clusters.cluster[$0] == cluster }
      })
    #expect(quantized.product(layer.activations) == unpermuted)
    #expect(backwards == unpermuted)
  }

  @Test("Integer products of clusters are the products of what codes stand for")
  func definition() throws {
    let layer = Self.layer
    let clusters = ChannelClusters(of: layer.calibration, count: 4)
    let quantized = try RPTQLayer(
      quantizing: layer.weights, calibration: layer.calibration, clusters: clusters, weightBits: 4,
      activationBits: 8)
    let codes = quantized.codes(layer.activations)
    var restored = layer.activations
    for index in restored.values.indices {
      let cluster = clusters.cluster[index % 128]
      restored.values[index] = quantized.activationGrids[cluster].value(codes[index])
    }
    let exact = restored.product(with: quantized.weights.dequantized)
    #expect(quantized.product(layer.activations).relativeError(to: exact) < 1e-6)
  }

  @Test("Orders fused into the layers before and behind leave the result as it is")
  func fusing() {
    #expect(Reorder.allCases.map(\.clusters) == [32, 4, 4, 32, 32])
    let order = Reorder.order(ofHeads: [
      ChannelClusters(cluster: [1, 0, 1, 0], count: 2),
      ChannelClusters(cluster: [0, 1, 1, 0], count: 2),
    ])
    #expect(order == [1, 3, 0, 2, 4, 7, 5, 6])
    let producer = Matrix(rows: 8, columns: 3, values: (0..<24).map { Float($0 * 7 % 11) })
    let consumer = Matrix(rows: 2, columns: 8, values: (0..<16).map { Float($0 * 5 % 13) })
    let bias = (0..<8).map { Float($0) }
    let fused = Reorder.fuse(order, producers: [(producer, bias)], consumers: [consumer])
    let input = Matrix(rows: 1, columns: 3, values: [1, -2, 3])
    func result(_ weights: Matrix, _ bias: [Float], _ consumer: Matrix) -> [Float] {
      var inner = input.product(with: weights)
      for channel in 0..<8 { inner[0, channel] += bias[channel] }
      return inner.product(with: consumer).values
    }
    #expect(
      result(producer, bias, consumer)
        == result(fused.producers[0].weights, fused.producers[0].bias, fused.consumers[0]))
  }

  @Test("Scores from cached codes are the products of what they stand for", arguments: [4, 3])
  func cache(bits: Int) {
    let layer = SyntheticLayer(outputs: 1, inputs: 64, tokens: 40, kind: .outliers)
    let clusters = ChannelClusters(of: layer.calibration, count: 4)
    let keys = ClusteredCache(calibration: layer.calibration, clusters: clusters, bits: bits)
    let queries = ClusteredCache(calibration: layer.activations, clusters: clusters, bits: bits)
    let keyCodes = keys.codes(layer.calibration)
    let queryCodes = queries.codes(layer.activations)
    let scores = keys.scores(queries: queryCodes, of: queries, keys: keyCodes)
    let exact = queries.values(queryCodes).product(with: keys.values(keyCodes))
    #expect(scores.relativeError(to: exact) < 1e-6)
    let one = ClusteredCache(
      calibration: layer.calibration,
      clusters: ChannelClusters(cluster: [Int](repeating: 0, count: 64), count: 1), bits: bits)
    #expect(
      keys.values(keyCodes).relativeError(to: layer.calibration)
        < 0.7 * one.values(one.codes(layer.calibration)).relativeError(to: layer.calibration))
  }
}
