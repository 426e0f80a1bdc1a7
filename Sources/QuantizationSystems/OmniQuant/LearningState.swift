/// The parameters of a layer that is being learnt, and what they are compared with.
struct LearningState {
  private let settings: OmniQuant
  private let weights: Matrix
  private let activations: Matrix
  private let target: Matrix
  private var clipping: WeightClipping
  private var scale: [Float]
  private var shift: [Float]
  private var clippingOptimizer: AdamW
  private var scaleOptimizer: AdamW
  private var shiftOptimizer: AdamW

  /// The gradient of the loss.
  struct Gradient {
    let clipping: [Float]
    let scale: [Float]
    let shift: [Float]
  }

  /// Scales start as SmoothQuant's with alpha 0.5, shifts in the middle of each channel's range.
  init(_ settings: OmniQuant, _ weights: Matrix, _ activations: Matrix) {
    self.settings = settings
    self.weights = weights
    self.activations = activations
    target = activations.product(with: weights)
    let columns = weights.columns
    clipping = WeightClipping(
      rows: weights.rows, columns: columns, bits: settings.weightBits,
      group: settings.group ?? columns)
    shift = [Float](repeating: 0, count: columns)
    scale = [Float](repeating: 1, count: columns)
    if settings.learnsTransformation {
      let channels = activations.transposed
      shift = (0..<columns).map { channel in
        let (lower, upper) = AffineGrid.bounds(channels.row(channel))
        return (lower + upper) / 2
      }
      var centred = activations
      for index in centred.values.indices { centred.values[index] -= shift[index % columns] }
      scale = SmoothQuant(alpha: 0.5).scales(
        activationMaxima: centred.columnMaxima, weights: [weights]
      ).map { max($0, Self.leastScale) }
    }
    clippingOptimizer = AdamW(rate: settings.clippingRate, count: clipping.parameters.count)
    scaleOptimizer = AdamW(rate: settings.transformationRate, count: columns)
    shiftOptimizer = AdamW(rate: settings.transformationRate, count: columns)
  }

  /// OmniQuant keeps scales from crossing zero.
  private static let leastScale: Float = 1e-2

  /// The layer as it would be stored now.
  var layer: OmniQuant.Layer {
    OmniQuant.Layer(
      codes: clipping.codes(weights.scalingColumns(by: scale)), shift: shift, scale: scale,
      bias: bias, activationBits: settings.activationBits)
  }

  private var bias: [Float] {
    (0..<weights.rows).map { output in
      Float(zip(weights.row(output), shift).reduce(0.0) { $0 + Double($1.0) * Double($1.1) })
    }
  }

  /// The mean squared error of the output, and its gradient unless this is the last step.
  func loss(isLast: Bool) -> (value: Double, gradient: Gradient?) {
    let scaled = weights.scalingColumns(by: scale)
    let codes = clipping.codes(scaled, roundsScales: false)
    let restored = codes.dequantized
    let input = layer(scaled, codes).transformed(activations)
    let rounded = settings.activationBits.map {
      TokenCodes(quantizing: input, bits: $0).dequantized
    }
    let output = (rounded ?? input).times(restored.transposed)
    var error = output
    let bias = self.bias
    var total = 0.0
    for index in error.values.indices {
      error.values[index] += bias[index % bias.count] - target.values[index]
      total += Double(error.values[index]) * Double(error.values[index])
    }
    let count = Double(error.values.count)
    guard !isLast else { return (total / count, nil) }
    for index in error.values.indices { error.values[index] *= Float(2 / count) }
    let toWeights = error.transposed.times(rounded ?? input)
    let (toClipping, toScaled) = clipping.gradients(of: toWeights, at: scaled, codes)
    let (toScale, toShift) = transformationGradient(error, restored, input, toScaled)
    return (
      total / count, Gradient(clipping: toClipping, scale: toScale, shift: toShift)
    )
  }

  private func layer(_ scaled: Matrix, _ codes: GroupedCodes) -> OmniQuant.Layer {
    OmniQuant.Layer(
      codes: codes, shift: shift, scale: scale, bias: [], activationBits: settings.activationBits)
  }

  /// Of the scales, through weights and activations; of the shifts, through activations and bias.
  private func transformationGradient(
    _ error: Matrix, _ restored: Matrix, _ input: Matrix, _ toScaled: Matrix
  ) -> (scale: [Float], shift: [Float]) {
    var toScale = [Float](repeating: 0, count: scale.count)
    var toShift = toScale
    guard settings.learnsTransformation else { return (toScale, toShift) }
    let toInput = error.times(restored)
    for channel in scale.indices {
      for output in 0..<weights.rows {
        toScale[channel] += toScaled[output, channel] * weights[output, channel]
      }
      for token in 0..<input.rows {
        toScale[channel] -= toInput[token, channel] * input[token, channel] / scale[channel]
        toShift[channel] -= toInput[token, channel] / scale[channel]
      }
    }
    for output in 0..<weights.rows {
      let sum = (0..<error.rows).reduce(Float(0)) { $0 + error[$1, output] }
      for channel in shift.indices { toShift[channel] += sum * weights[output, channel] }
    }
    return (toScale, toShift)
  }

  mutating func step(_ gradient: Gradient) {
    clippingOptimizer.step(&clipping.parameters, gradient: gradient.clipping)
    guard settings.learnsTransformation else { return }
    scaleOptimizer.step(&scale, gradient: gradient.scale)
    shiftOptimizer.step(&shift, gradient: gradient.shift)
    scale = scale.map { max($0, Self.leastScale) }
  }
}
