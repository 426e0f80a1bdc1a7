import QuantizationSystems
import Testing

@Suite("GPTQ and AWQ: codes from calibration")
struct CalibrationTests {
  private static let layer = SyntheticLayer(
    outputs: 32, inputs: 256, tokens: 384, kind: .correlated)

  private static func error(_ weights: Matrix) -> Double {
    layer.activations.product(with: weights)
      .relativeError(to: layer.activations.product(with: layer.weights))
  }

  private static func rounding(_ bits: Int, group: Int) -> Double {
    error(
      GroupedCodes(rounding: layer.weights, bits: bits, group: group) {
        AffineGrid(gptq: $0, bits: bits).withHalfScale
      }.dequantized)
  }

  @Test("GPTQ beats rounding to nearest on correlated activations", arguments: [4, 3, 2])
  func beatsRounding(bits: Int) throws {
    let plain = Self.rounding(bits, group: 128)
    for ordered in [false, true] {
      let codes = try GPTQ(bits: bits, ordersByActivation: ordered)
        .quantize(Self.layer.weights, calibration: Self.layer.calibration)
      #expect(Self.error(codes.dequantized) < 0.8 * plain)
    }
  }

  @Test("With uncorrelated channels GPTQ is rounding to nearest")
  func diagonalHessian() throws {
    var calibration = Matrix(repeating: 0, rows: 64, columns: 64)
    for index in 0..<64 { calibration[index, index] = 1 }
    let weights = Matrix(
      rows: 4, columns: 64, values: Array(Self.layer.weights.values.prefix(256)))
    let codes = try GPTQ(bits: 4, group: 32).quantize(weights, calibration: calibration)
    let plain = GroupedCodes(rounding: weights, bits: 4, group: 32) {
      AffineGrid(gptq: $0, bits: 4).withHalfScale
    }
    #expect(codes == plain)
  }

  @Test("Error feedback is that of solving for the columns that are left")
  func feedbackIsOptimal() throws {
    // After one column is fixed, the best others minimize (w - q) H (w - q): with two columns,
    // w2 moves by -(q1 - w1) h12 / h22.
    let calibration = Matrix(rows: 3, columns: 2, values: [1, 0.5, -1, 0.75, 0.5, 2])
    let weights = Matrix(rows: 1, columns: 2, values: [0.33, 1])
    let method = GPTQ(bits: 4, group: nil, damping: 1e-9)
    let codes = try method.quantize(weights, calibration: calibration)
    let grid = codes.grid(0, 0)
    let (h12, h22): (Float, Float) = (0.5 - 0.75 + 1, 0.25 + 0.5625 + 4)
    let moved = 1 - (grid.nearest(0.33) - 0.33) * h12 / h22
    #expect(codes.code(0, 1) == grid.code(moved))
  }

  @Test("Codes do not depend on how many columns are corrected together")
  func blocks() throws {
    var method = GPTQ(bits: 3, group: 64)
    let whole = try method.quantize(Self.layer.weights, calibration: Self.layer.calibration)
    method.blockColumns = 256
    let other = try method.quantize(Self.layer.weights, calibration: Self.layer.calibration)
    let differing = zip(whole.codes, other.codes).filter { $0 != $1 }.count
    #expect(differing <= whole.codes.count / 500)
  }

  @Test("Columns processed in another order are stored where they belong")
  func actOrder() throws {
    let codes = try GPTQ(bits: 4, group: 64, ordersByActivation: true)
      .quantize(Self.layer.weights, calibration: Self.layer.calibration)
    #expect(codes.group != codes.group.sorted())
    let tensors = try GPTQTensors(packing: codes)
    #expect(tensors.codes == codes)
    // Sorting inputs by group and gathering the activations alike changes no integer sum.
    let order = codes.group.indices.sorted { (codes.group[$0], $0) < (codes.group[$1], $1) }
    let sorted = codes.dequantized.permutingColumns(order)
    let gathered = Self.layer.activations.permutingColumns(order)
    let difference = gathered.product(with: sorted)
      .relativeError(to: Self.layer.activations.product(with: codes.dequantized))
    #expect(difference < 1e-6)
  }

  @Test("A Hessian that is not positive definite is an error with a remedy")
  func singular() {
    let calibration = Matrix(repeating: 1, rows: 1, columns: 8)
    let weights = Matrix(repeating: 0.5, rows: 1, columns: 8)
    #expect(throws: GPTQ.CalibrationError.self) {
      try GPTQ(bits: 4, damping: 0).quantize(weights, calibration: calibration)
    }
    #expect(throws: GPTQ.CalibrationError.self) {
      try GPTQ(bits: 4).quantize(weights, calibration: Matrix(repeating: 1, rows: 1, columns: 9))
    }
  }

  @Test("AWQ beats rounding to nearest where some channels are large")
  func awq() {
    let layer = SyntheticLayer(outputs: 32, inputs: 256, tokens: 128, kind: .outliers)
    let exact = layer.activations.product(with: layer.weights)
    let awq = AWQ(group: 128)
    let plain = GroupedCodes(rounding: layer.weights, bits: 4, group: 128) {
      AffineGrid(awq: $0, bits: 4).withHalfScale
    }
    let quantized = awq.quantize(layer.weights, calibration: layer.calibration)
    let error = layer.activations.product(with: quantized.dequantized).relativeError(to: exact)
    let rounded = layer.activations.product(with: plain.dequantized).relativeError(to: exact)
    #expect(error < 0.8 * rounded)
    #expect(quantized.scales[5] > quantized.scales[6])
  }
}
