import Kernels
import QuantizationFormats
import QuantizationSystems
import Testing

@Suite("RPTQ: products of clusters of channels")
struct ClusteredMatrixTests {
  struct Setting: CustomTestStringConvertible {
    let weightBits: Int
    let activationBits: Int
    let rows: Int
    let columns: Int
    let tokens: Int
    let clusters: Int

    var testDescription: String {
      "W\(weightBits)A\(activationBits), \(rows) x \(columns) x \(tokens), \(clusters) clusters"
    }
  }

  static let settings = [
    (4, 8, 1, 16, 1, 1), (4, 8, 17, 100, 3, 5), (4, 4, 33, 257, 13, 32), (3, 3, 20, 130, 5, 7),
    (3, 8, 35, 4500, 2, 9), (4, 8, 16, 9000, 14, 3), (3, 4, 5, 70, 300, 6),
  ].map {
    Setting(
      weightBits: $0.0, activationBits: $0.1, rows: $0.2, columns: $0.3, tokens: $0.4,
      clusters: $0.5)
  }

  /// Clusters of uneven sizes, their channels mixed, as k-means leaves them; some may be empty.
  private struct Problem {
    var clusters: [ClusteredMatrix.Cluster]
    var grids: [ClusteredMatrix.WeightGrid] = []
    var codes: [UInt8]

    init(_ setting: Setting, isExact: Bool) {
      var random = SplitMix64(seed: UInt64(setting.columns))
      clusters = (0..<setting.clusters).map { index in
        ClusteredMatrix.Cluster(
          channels: [], scale: isExact ? 1 : 0.01 * Float(index + 1),
          zero: Int.random(in: -90...90, using: &random))
      }
      for channel in 0..<setting.columns {
        let drawn = Double.random(in: 0..<1, using: &random)
        let index = Int(drawn * drawn * Double(setting.clusters))
        clusters[index].channels.append(channel)
      }
      for _ in 0..<setting.rows * setting.clusters {
        grids.append(
          ClusteredMatrix.WeightGrid(
            scale: isExact ? 1 : Float.random(in: 0.01...0.03, using: &random),
            zero: UInt8.random(in: 0..<(1 << UInt8(setting.weightBits)), using: &random)))
      }
      codes = (0..<setting.rows * setting.columns).map { _ in
        UInt8.random(in: 0..<(1 << UInt8(setting.weightBits)), using: &random)
      }
    }

    func matrix(_ setting: Setting) throws -> ClusteredMatrix {
      try ClusteredMatrix(
        codes: codes, grids: grids, clusters: clusters, weightBits: setting.weightBits,
        activationBits: setting.activationBits)
    }
  }

  /// The definition, in double precision: values, and the magnitude of what is added up.
  private func reference(
    _ problem: Problem, _ setting: Setting, _ x: [Float]
  ) -> [(value: Double, magnitude: Double)] {
    let (low, high) = (
      -Float(1 << (setting.activationBits - 1)), Float(1 << (setting.activationBits - 1) - 1)
    )
    return (0..<setting.tokens * setting.rows).map { index in
      let (token, row) = index.quotientAndRemainder(dividingBy: setting.rows)
      var (value, magnitude) = (0.0, 0.0)
      for (number, cluster) in problem.clusters.enumerated() {
        let grid = problem.grids[row * setting.clusters + number]
        var (plain, exact) = (0, 0)
        for channel in cluster.channels {
          let steps = (x[token * setting.columns + channel] / cluster.scale)
            .rounded(.toNearestOrEven)
          let code = Int(max(low, min(high, steps + Float(cluster.zero))))
          let weight = Int(problem.codes[row * setting.columns + channel]) - Int(grid.zero)
          plain += code * weight
          exact += (code - cluster.zero) * weight
        }
        let scale = Double(cluster.scale) * Double(grid.scale)
        value += scale * Double(exact)
        magnitude += scale * Double(2 * abs(plain) + abs(exact))
      }
      return (value, magnitude)
    }
  }

  private func products(
    _ matrix: ClusteredMatrix, _ x: [Float], tokens: Int
  ) throws -> [(isa: String, values: [Float])] {
    try ISA.levels.filter { ISA.allowed.isSuperset(of: $0.isa) }.map { level in
      let multiplier = ClusterMultiplier(pool: ThreadPool(threads: 2), isa: level.isa)
      var result: [Float] = []
      try multiplier.multiply(matrix, x, tokens: tokens, into: &result)
      return (multiplier.isa(activationBits: matrix.activationBits), result)
    }
  }

  @Test(
    "Products agree with double precision within the rounding of their sums", arguments: settings)
  func product(_ setting: Setting) throws {
    let problem = Problem(setting, isExact: false)
    let matrix = try problem.matrix(setting)
    var random = SplitMix64(seed: 5)
    let x = (0..<setting.tokens * setting.columns).map { _ in random.normal() }
    let expected = reference(problem, setting, x)
    for product in try products(matrix, x, tokens: setting.tokens) {
      let wrong = product.values.indices.filter {
        !agrees(
          product.values[$0], expected[$0].value,
          within: gamma(2 * setting.clusters + 12) * expected[$0].magnitude + 1e-30)
      }
      #expect(wrong.isEmpty, "\(product.isa)")
    }
  }

  @Test("Every instruction set gives the same bits, and so does every number of threads")
  func bits() throws {
    let setting = Setting(
      weightBits: 3, activationBits: 8, rows: 100, columns: 5000, tokens: 29, clusters: 7)
    let matrix = try Problem(setting, isExact: false).matrix(setting)
    var random = SplitMix64(seed: 9)
    // Beyond what 8 bits hold, so that codes of -128 and 127 occur.
    let x = (0..<29 * 5000).map { _ in 3 * random.normal() }
    let all = try products(matrix, x, tokens: 29)
    for product in all { #expect(product.values == all.first?.values, "\(product.isa)") }
    for threads in [1, 3, 7] {
      var shared: [Float] = []
      try ClusterMultiplier(pool: ThreadPool(threads: threads))
        .multiply(matrix, x, tokens: 29, into: &shared)
      #expect(shared == all.first?.values)
    }
  }

  @Test("Instruction sets that integers have products for have one of their own for clusters")
  func table() {
    let integers = ClusterKernel.all.filter(\.isInteger)
    #expect(Set(ClusterKernel.all.map(\.id)).count == ClusterKernel.all.count)
    let grouped = KernelRegistry.all.filter { $0.weightFormatID == "int4-g128" }
    #expect(Set(integers.map(\.isa)).isSuperset(of: grouped.map(\.isa)))
  }

  @Test("Sums of clusters are exact integers", arguments: settings)
  func exact(_ setting: Setting) throws {
    let problem = Problem(setting, isExact: true)
    let matrix = try problem.matrix(setting)
    var random = SplitMix64(seed: 6)
    let x = (0..<setting.tokens * setting.columns).map { _ in
      Float(Int.random(in: -3...3, using: &random))
    }
    let expected = reference(problem, setting, x)
    // All sums are below 2^24, where a float is every integer.
    guard expected.allSatisfy({ $0.magnitude < 0x1p24 }) else { return }
    for product in try products(matrix, x, tokens: setting.tokens) {
      #expect(product.values.map(Double.init) == expected.map(\.value), "\(product.isa)")
    }
  }

  @Test(
    "Activations of 16 bits are multiplied with the weights as they are",
    arguments: settings.map { setting in
      Setting(
        weightBits: setting.weightBits, activationBits: 16, rows: setting.rows,
        columns: setting.columns, tokens: setting.tokens, clusters: setting.clusters)
    })
  func floats(_ setting: Setting) throws {
    let problem = Problem(setting, isExact: false)
    let matrix = try problem.matrix(setting)
    var random = SplitMix64(seed: 7)
    let x = (0..<setting.tokens * setting.columns).map { _ in random.normal() }
    var expected = [Double](repeating: 0, count: setting.tokens * setting.rows)
    var magnitudes = expected
    for index in expected.indices {
      let (token, row) = index.quotientAndRemainder(dividingBy: setting.rows)
      for (number, cluster) in problem.clusters.enumerated() {
        let grid = problem.grids[row * setting.clusters + number]
        for channel in cluster.channels {
          let (code, zero) = (
            Int(problem.codes[row * setting.columns + channel]), Int(grid.zero)
          )
          let factor = Double(grid.scale) * Double(x[token * setting.columns + channel])
          expected[index] += factor * Double(code - zero)
          magnitudes[index] += abs(factor) * Double(code + zero)
        }
      }
    }
    for product in try products(matrix, x, tokens: setting.tokens) {
      let wrong = product.values.indices.filter {
        !agrees(
          product.values[$0], expected[$0],
          within: gamma(setting.columns + 3) * magnitudes[$0] + 1e-30)
      }
      #expect(wrong.isEmpty, "\(product.isa)")
    }
  }

  @Test("Threads share products of 16-bit activations without a trace")
  func floatThreads() throws {
    let setting = Setting(
      weightBits: 3, activationBits: 16, rows: 100, columns: 300, tokens: 29, clusters: 5)
    let matrix = try Problem(setting, isExact: false).matrix(setting)
    var random = SplitMix64(seed: 8)
    let x = (0..<29 * 300).map { _ in random.normal() }
    let alone = try matrix.multiply(x, tokens: 29)
    for threads in [2, 3, 7] {
      var shared: [Float] = []
      try ClusterMultiplier(pool: ThreadPool(threads: threads))
        .multiply(matrix, x, tokens: 29, into: &shared)
      #expect(shared == alone)
    }
  }

  @Test("A quantized layer of RPTQ gives the reference's product")
  func layer() throws {
    let layer = SyntheticLayer(outputs: 24, inputs: 96, tokens: 128, kind: .outliers)
    for (weightBits, activationBits) in [(4, 16), (4, 8), (4, 4), (3, 3)] {
      let quantized = try RPTQLayer(
        quantizing: layer.weights, calibration: layer.calibration,
        clusters: ChannelClusters(of: layer.calibration, count: 8), weightBits: weightBits,
        activationBits: activationBits)
      let clusters = (0..<8).map { index in
        ClusteredMatrix.Cluster(
          channels: quantized.clusters.order.filter { quantized.clusters.cluster[$0] == index },
          scale: quantized.activationGrids.isEmpty ? 1 : quantized.activationGrids[index].scale,
          zero: quantized.activationGrids.isEmpty ? 0 : quantized.activationGrids[index].zero)
      }
      let grids = quantized.weights.grids.map {
        ClusteredMatrix.WeightGrid(scale: $0.scale, zero: UInt8(max(0, min(15, $0.zero))))
      }
      let matrix = try ClusteredMatrix(
        codes: quantized.weights.codes, grids: grids, clusters: clusters, weightBits: weightBits,
        activationBits: activationBits)
      let expected = quantized.product(layer.activations).values
      let actual = try matrix.multiply(layer.activations.values, tokens: 128)
      let largest = expected.reduce(0) { max($0, abs($1)) }
      let error = zip(actual, expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(error < 1e-5 * largest)
    }
  }

  @Test("What is no number makes its token NaN; shapes that do not fit are refused")
  func refusals() throws {
    let setting = Self.settings[1]
    let problem = Problem(setting, isExact: false)
    let matrix = try problem.matrix(setting)
    var x = [Float](repeating: 1, count: 3 * 100)
    x[100] = .nan
    x[299] = -.infinity
    let result = try matrix.multiply(x, tokens: 3)
    #expect(result.indices.filter { result[$0].isNaN } == Array(17..<51))
    #expect(result.indices.filter { !result[$0].isFinite } == Array(17..<51))
    #expect(throws: MatrixError.self) { try matrix.multiply(x, tokens: 2) }
    #expect(throws: MatrixError.noKernel(format: "clustered W5A8")) {
      try ClusteredMatrix(
        codes: problem.codes, grids: problem.grids, clusters: problem.clusters, weightBits: 5,
        activationBits: 8)
    }
    var twice = problem.clusters
    twice[0].channels[0] = 1
    twice[1].channels.append(1)
    #expect(throws: MatrixError.self) {
      try ClusteredMatrix(
        codes: problem.codes, grids: problem.grids, clusters: twice, weightBits: 4,
        activationBits: 8)
    }
  }
}
