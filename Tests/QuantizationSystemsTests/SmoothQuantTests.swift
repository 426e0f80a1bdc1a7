import QuantizationSystems
import Testing

@Suite("SmoothQuant and the INC variant")
struct SmoothQuantTests {
  private let activations = Matrix(rows: 2, columns: 4, values: [1, -16, 2, 6, -2, 8, -1, -9])
  /// The example's weights are input by output.
  private let weights = Matrix(
    rows: 4, columns: 3, values: [2, 1, -2, 1, -1, -1, 2, -1, -2, -1, -1, 1]
  ).transposed

  @Test("Scales and integers are those of the worked example")
  func example() {
    let scales = SmoothQuant(alpha: 0.5)
      .scales(activationMaxima: activations.columnMaxima, weights: [weights])
    #expect(scales == [1, 4, 1, 3])
    let smoothed = activations.scalingColumns(by: scales.map { 1 / $0 })
    #expect(smoothed.values == [1, -4, 2, 2, -2, 2, -1, -3])
    let layer = W8A8Layer(
      quantizing: weights.scalingColumns(by: scales), activations: .perTensor)
    #expect(layer.scale == Float(4) / 127)
    let (codes, tokenScales) = layer.quantize(smoothed)
    #expect(tokenScales == [Float(4) / 127, Float(4) / 127])
    #expect(
      IntegerProduct.sums(codes, layer.codes, columns: 4)
        == [-16065, 9025, 16065, 11009, -127, -11009])
  }

  @Test("Fusing the scales into the norm before the layer changes nothing")
  func fusing() {
    let scales: [Float] = [1, 4, 0.5, 2]
    let fused = SmoothQuant.fused(
      normWeight: [2, 3, 4, 8], normBias: [1, -2, 1, 0], scales: scales)
    #expect(fused.weight == [2, 0.75, 8, 4])
    #expect(fused.bias == [1, -0.5, 2, 0])
  }

  @Test("Smoothing lowers the error of per-tensor int8 on outlying channels, at every level")
  func outliers() {
    let layer = SyntheticLayer(outputs: 48, inputs: 256, tokens: 64, kind: .outliers)
    let exact = layer.activations.product(with: layer.weights)
    let scales = SmoothQuant(alpha: 0.5).scales(
      activationMaxima: layer.calibration.columnMaxima, weights: [layer.weights])
    let inverse = scales.map { 1 / $0 }
    let smoothed = layer.activations.scalingColumns(by: inverse)
    let maximum = layer.calibration.scalingColumns(by: inverse).columnMaxima.max() ?? 0
    let plain = W8A8Layer(quantizing: layer.weights, activations: .perTensor)
      .product(layer.activations).relativeError(to: exact)
    var errors: [Double] = []
    for level: W8A8Layer.Activations in [.perToken, .perTensor, .fixed(maximum: maximum)] {
      let quantized = W8A8Layer(
        quantizing: layer.weights.scalingColumns(by: scales), activations: level)
      errors.append(quantized.product(smoothed).relativeError(to: exact))
    }
    // A fixed maximum clips what exceeds the calibration set.
    #expect(errors[0] < 0.5 * plain && errors[1] < 0.5 * plain && errors[2] < 0.8 * plain)
    #expect(errors[0] <= errors[1])
  }

  @Test("Zero points are compensated exactly")
  func zeroPoint() {
    let layer = SyntheticLayer(outputs: 9, inputs: 40, tokens: 5, kind: .normal)
    let quantized = U8S8Layer(quantizing: layer.weights, activationsIn: -2...6)
    #expect(quantized.activationScale == Float(8) / 255)
    #expect(quantized.activationZero == 64)
    #expect([-3, -2, 0, 6, 9].map(quantized.code) == [0, 0, 64, 255, 255])
    let product = quantized.product(layer.activations)
    for token in 0..<5 {
      for output in 0..<9 {
        var sum = 0
        for input in 0..<40 {
          let activation = Int(quantized.code(layer.activations[token, input])) - 64
          sum += activation * Int(quantized.codes[output * 40 + input])
        }
        let expected = Float(sum) * (quantized.activationScale * quantized.scales[output])
        #expect(product[token, output] == expected)
      }
    }
  }

  @Test("Sums are stored as int8 between layers")
  func requantization() {
    let sums: [Int32] = [1000, -1000, 20, 100_000]
    let codes = W8A8Layer.requantize(sums, bias: [10, -10], alpha: 0.05, beta: 0.5)
    #expect(codes == [55, -55, 6, 127])
    let positive = W8A8Layer.requantize(
      sums, bias: [10, -10], alpha: 0.05, beta: 0.5, appliesReLU: true)
    #expect(positive == [55, 0, 6, 127])
  }
}
