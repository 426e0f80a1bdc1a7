#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// OmniQuant's learnable weight clipping: the bounds of each grid are shares of the smallest and
/// largest weight, `sigmoid` of two parameters.
struct WeightClipping {
  /// sigmoid(4) = 0.982 is where learning starts.
  static let start: Float = 4

  let bits: Int
  let group: Int
  let groups: Int
  /// Two parameters for each grid: of the lower and the upper bound.
  var parameters: [Float]

  init(rows: Int, columns: Int, bits: Int, group: Int) {
    self.bits = bits
    self.group = group
    groups = (columns + group - 1) / group
    parameters = [Float](repeating: Self.start, count: 2 * rows * groups)
  }

  static func sigmoid(_ value: Float) -> Float { 1 / (1 + exp(-value)) }

  func grid(_ values: ArraySlice<Float>, _ index: Int) -> AffineGrid {
    AffineGrid(
      clipping: values, bits: bits,
      by: (Self.sigmoid(parameters[2 * index]), Self.sigmoid(parameters[2 * index + 1])))
  }

  /// The codes of W[output, input], with the scales as they are or in binary16.
  func codes(_ weights: Matrix, roundsScales: Bool = true) -> GroupedCodes {
    var index = 0
    return GroupedCodes(rounding: weights, bits: bits, group: group) { values in
      defer { index += 1 }
      let grid = self.grid(values, index)
      return roundsScales ? grid.withHalfScale : grid
    }
  }

  /// What a loss whose gradient is `upstream` at the dequantized weights is worth to the parameters
  /// and to the weights.
  ///
  /// Rounding counts as the identity; a clipped weight passes nothing on. A zero point is rounded,
  /// so it passes nothing on either. The bounds depend on the extreme weights of a group.
  func gradients(
    of upstream: Matrix, at weights: Matrix, _ codes: GroupedCodes
  ) -> (parameters: [Float], weights: Matrix) {
    var toParameters = [Float](repeating: 0, count: parameters.count)
    var toWeights = Matrix(repeating: 0, rows: weights.rows, columns: weights.columns)
    for output in 0..<weights.rows {
      for part in 0..<groups {
        let index = output * groups + part
        let inputs = part * group..<min((part + 1) * group, weights.columns)
        let grid = codes.grid(output, part)
        var toScale: Float = 0
        for input in inputs {
          let (value, code) = (weights[output, input], codes.code(output, input))
          let steps = AffineGrid.rounded(value / grid.scale) + Float(grid.zero)
          let isInside = steps >= 0 && steps <= Float(grid.top)
          let gradient = upstream[output, input]
          if isInside { toWeights[output, input] += gradient }
          toScale += gradient * (Float(code - grid.zero) - (isInside ? value / grid.scale : 0))
        }
        spread(toScale, index, output, inputs, weights, &toParameters, &toWeights)
      }
    }
    return (toParameters, toWeights)
  }

  /// Passes the gradient of a scale on to the two parameters and the two extreme weights.
  private func spread(
    _ toScale: Float, _ index: Int, _ output: Int, _ inputs: Range<Int>, _ weights: Matrix,
    _ toParameters: inout [Float], _ toWeights: inout Matrix
  ) {
    let steps = Float(AffineGrid.steps(bits))
    let lowest = inputs.min { weights[output, $0] < weights[output, $1] } ?? inputs.lowerBound
    let highest = inputs.max { weights[output, $0] < weights[output, $1] } ?? inputs.lowerBound
    let lower = Self.sigmoid(parameters[2 * index])
    let upper = Self.sigmoid(parameters[2 * index + 1])
    toParameters[2 * index] -= toScale * weights[output, lowest] * lower * (1 - lower) / steps
    toParameters[2 * index + 1] += toScale * weights[output, highest] * upper * (1 - upper) / steps
    toWeights[output, lowest] -= toScale * lower / steps
    toWeights[output, highest] += toScale * upper / steps
  }
}
