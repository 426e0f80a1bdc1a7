/// OmniQuant for one linear layer (Shao and others, 2024): learns where to clip weights and how to shift
/// and scale activation channels, by gradient descent on the layer's output.
///
/// What was learnt is folded into weights, bias and the operation before the layer; nothing of it is
/// left in what is stored.
public struct OmniQuant: Sendable {
  /// The width of a weight's code.
  public var weightBits: Int
  /// The width of an activation's code; `nil` leaves activations as they are.
  public var activationBits: Int?
  /// Inputs in a group; `nil` for one grid per output.
  public var group: Int?
  /// Whether channels are shifted and scaled too; LLaMA's weight-only results learn clipping alone.
  public var learnsTransformation: Bool
  /// Steps of gradient descent.
  public var steps: Int
  /// AdamW's rate for clipping.
  public var clippingRate: Float = 1e-2
  /// AdamW's rate for shifts and scales.
  public var transformationRate: Float = 5e-3

  /// OmniQuant with the given widths.
  public init(
    weightBits: Int, activationBits: Int? = nil, group: Int? = nil,
    learnsTransformation: Bool = false, steps: Int = 100
  ) {
    self.weightBits = weightBits
    self.activationBits = activationBits
    self.group = group
    self.learnsTransformation = learnsTransformation
    self.steps = steps
  }

  /// A learnt layer: `Y = ((X - shift) / scale) W^T + bias`, where W are the codes.
  public struct Layer: Sendable {
    /// The weights times the scales.
    public let codes: GroupedCodes
    /// What is taken off each input channel.
    public let shift: [Float]
    /// What each input channel is then divided by.
    public let scale: [Float]
    /// The product of the original weights and the shifts.
    public let bias: [Float]
    /// The width of an activation's code.
    public let activationBits: Int?

    /// What the operation before the layer produces once shift and scale are fused into it.
    public func transformed(_ activations: Matrix) -> Matrix {
      var result = activations
      for token in 0..<activations.rows {
        for channel in shift.indices {
          result[token, channel] = (activations[token, channel] - shift[channel]) / scale[channel]
        }
      }
      return result
    }

    /// Y[token, output], with integers where activations are quantized.
    public func product(_ activations: Matrix) -> Matrix {
      let input = transformed(activations)
      var result =
        if let activationBits, codes.groups == 1 {
          TokenCodes(quantizing: input, bits: activationBits).product(with: codes)
        } else {
          input.product(with: codes.dequantized)
        }
      for index in result.values.indices { result.values[index] += bias[index % bias.count] }
      return result
    }
  }

  /// Learns a layer from W[output, input] and activations like X[token, input].
  ///
  /// The state with the least loss on the calibration set is kept; the state before the first step
  /// is among them.
  public func quantize(_ weights: Matrix, calibration: Matrix) -> Layer {
    var state = LearningState(self, weights, calibration)
    var best = state
    var least = Double.infinity
    for step in 0...steps {
      let loss = state.loss(isLast: step == steps)
      if loss.value < least { (best, least) = (state, loss.value) }
      if let gradient = loss.gradient { state.step(gradient) }
    }
    return best.layer
  }
}
