import Testing

@testable import QuantizationSystems

@Suite("OmniQuant: learnt clipping and transformation")
struct OmniQuantTests {
  @Test("Clipping at its start gives the worked example")
  func clippingExample() {
    let clipping = WeightClipping(rows: 1, columns: 32, bits: 4, group: 32)
    #expect(abs(WeightClipping.sigmoid(WeightClipping.start) - 0.982014) < 1e-6)
    let grid = clipping.grid(example[...], 0)
    #expect(abs(grid.scale - 0.400989) < 1e-6)
    #expect(grid.zero == 8)
    #expect(example.prefix(8).map(grid.code) == [2, 8, 13, 3, 9, 15, 5, 11])
  }

  private static let layer = SyntheticLayer(
    outputs: 24, inputs: 128, tokens: 192, kind: .correlated)

  @Test(
    "Learnt clipping beats rounding to nearest on correlated activations", arguments: [4, 3, 2])
  func weightOnly(bits: Int) {
    let layer = Self.layer
    let exact = layer.activations.product(with: layer.weights)
    let learnt = OmniQuant(weightBits: bits, group: 64)
      .quantize(layer.weights, calibration: layer.calibration)
    let plain = GroupedCodes(rounding: layer.weights, bits: bits, group: 64) {
      AffineGrid(clipping: $0, bits: bits).withHalfScale
    }
    let error = learnt.product(layer.activations).relativeError(to: exact)
    let rounded = layer.activations.product(with: plain.dequantized).relativeError(to: exact)
    #expect(error < (bits == 4 ? 0.97 : 0.95) * rounded)
  }

  @Test("The learnt transformation saves W4A4 and W6A6 from outlying channels", arguments: [4, 6])
  func transformation(bits: Int) {
    let layer = SyntheticLayer(outputs: 24, inputs: 128, tokens: 96, kind: .outliers)
    let exact = layer.activations.product(with: layer.weights)
    let learnt = OmniQuant(
      weightBits: bits, activationBits: bits, learnsTransformation: true, steps: 60
    ).quantize(layer.weights, calibration: layer.calibration)
    let plain = GroupedCodes(rounding: layer.weights, bits: bits, group: 128) {
      AffineGrid(clipping: $0, bits: bits)
    }
    let rounded = TokenCodes(quantizing: layer.activations, bits: bits).product(with: plain)
    #expect(
      learnt.product(layer.activations).relativeError(to: exact)
        < 0.5 * rounded.relativeError(to: exact))
  }

  @Test("Shift, scale and bias leave the unquantized product as it is")
  func transformationIsExact() {
    let layer = Self.layer
    let learnt = OmniQuant(weightBits: 8, learnsTransformation: true, steps: 5)
      .quantize(layer.weights, calibration: layer.calibration)
    let error = learnt.product(layer.activations)
      .relativeError(to: layer.activations.product(with: layer.weights))
    #expect(error < 0.01)
  }

  @Test("The integer identity gives the sum of the products of differences")
  func integerIdentity() {
    let layer = SyntheticLayer(outputs: 7, inputs: 96, tokens: 5, kind: .outliers)
    for bits in [4, 6] {
      let weights = GroupedCodes(rounding: layer.weights, bits: bits, group: 96) {
        AffineGrid(clipping: $0, bits: bits)
      }
      let tokens = TokenCodes(quantizing: layer.activations, bits: bits)
      let product = tokens.product(with: weights)
      for token in 0..<5 {
        for output in 0..<7 {
          let (input, grid) = (tokens.grids[token], weights.grid(output, 0))
          let sum = (0..<96).reduce(0) {
            $0 + (Int(tokens.codes[token * 96 + $1]) - input.zero)
              * (weights.code(output, $1) - grid.zero)
          }
          #expect(product[token, output] == Float(sum) * (input.scale * grid.scale))
        }
      }
    }
  }

  @Test("The gradient of clipping is that of finite differences where no code changes")
  func gradient() {
    // Upstream gradient g = 1 on one weight that is clipped: w' = (top - zero) scale follows the
    // upper bound alone.
    var clipping = WeightClipping(rows: 1, columns: 4, bits: 2, group: 4)
    let weights = Matrix(rows: 1, columns: 4, values: [-1, -0.2, 0.4, 2])
    clipping.parameters = [4, 0.5]
    let codes = clipping.codes(weights, roundsScales: false)
    var upstream = Matrix(repeating: 0, rows: 1, columns: 4)
    upstream[0, 3] = 1
    let (gradient, _) = clipping.gradients(of: upstream, at: weights, codes)
    let step: Float = 0.004
    func top(_ parameter: Float) -> Float {
      var moved = clipping
      moved.parameters[1] = parameter
      return moved.codes(weights, roundsScales: false).dequantized[0, 3]
    }
    let difference = (top(0.5 + step) - top(0.5 - step)) / (2 * step)
    #expect(abs(gradient[1] - difference) < 1e-3)
  }
}
