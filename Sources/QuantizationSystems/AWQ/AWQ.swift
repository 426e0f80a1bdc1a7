#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// AWQ (Lin and others, 2023): scales input channels up by their activations before rounding, then clips
/// the weights of each group; both found by search on the layer's output.
///
/// The scales are divided out of the operation before the layer, as SmoothQuant does.
public struct AWQ: Sendable {
  /// The width of a code.
  public var bits: Int
  /// Inputs in a group.
  public var group: Int
  /// Points of both searches.
  public static let searchPoints = 20

  /// AWQ with groups of `group` inputs.
  public init(bits: Int = 4, group: Int = 128) {
    self.bits = bits
    self.group = group
  }

  /// A quantized layer: `Y = (X / scales) W^T`.
  public struct Layer: Sendable {
    /// What each input channel of the weights was multiplied with.
    public let scales: [Float]
    /// The weights times the scales.
    public let codes: GroupedCodes

    /// What the activations meet if nothing divides them: codes over scales.
    public var dequantized: Matrix {
      codes.dequantized.scalingColumns(by: scales.map { 1 / $0 })
    }
  }

  /// Quantizes W[output, input] for activations like X[token, input].
  public func quantize(_ weights: Matrix, calibration: Matrix) -> Layer {
    let hessian = GPTQ.hessian(of: calibration)
    let scales = searchScales(weights, calibration, hessian)
    let scaled = weights.scalingColumns(by: scales)
    let inputs = calibration.scalingColumns(by: scales.map { 1 / $0 })
    let clipped = clip(scaled, GPTQ.hessian(of: inputs))
    return Layer(scales: scales, codes: round(clipped))
  }

  func round(_ weights: Matrix) -> GroupedCodes {
    GroupedCodes(rounding: weights, bits: bits, group: group) {
      AffineGrid(awq: $0, bits: bits).withHalfScale
    }
  }

  /// `mean|x|^ratio`, over the root of the product of its extremes.
  static func scales(_ activations: Matrix, ratio: Float) -> [Float] {
    var means = [Float](repeating: 0, count: activations.columns)
    for token in 0..<activations.rows {
      for channel in means.indices {
        means[channel] += abs(activations[token, channel]) / Float(activations.rows)
      }
    }
    let scales = means.map { max(pow($0, ratio), 1e-4) }
    let extremes = (scales.max() ?? 1) * (scales.min() ?? 1)
    return scales.map { $0 / extremes.squareRoot() }
  }

  private func searchScales(
    _ weights: Matrix, _ activations: Matrix, _ hessian: PositiveDefinite
  ) -> [Float] {
    var best = (scales: [Float](repeating: 1, count: weights.columns), error: Double.infinity)
    for point in 0..<Self.searchPoints {
      let scales = Self.scales(activations, ratio: Float(point) / Float(Self.searchPoints))
      let rounded = round(weights.scalingColumns(by: scales)).dequantized
        .scalingColumns(by: scales.map { 1 / $0 })
      let error = hessian.outputError(of: rounded, from: weights)
      if error < best.error { best = (scales, error) }
    }
    return best.scales
  }

  /// Limits each group to the share of its largest magnitude, from 1 down to 0.55, that gives the
  /// least error of the group's part of the output.
  private func clip(_ weights: Matrix, _ hessian: PositiveDefinite) -> Matrix {
    var result = weights
    for output in 0..<weights.rows {
      for first in stride(from: 0, to: weights.columns, by: group) {
        let range = first..<min(first + group, weights.columns)
        let part = range.map { weights[output, $0] }
        let limit = clippingLimit(part, range, hessian)
        for input in range {
          result[output, input] = min(max(weights[output, input], -limit), limit)
        }
      }
    }
    return result
  }

  private func clippingLimit(
    _ part: [Float], _ range: Range<Int>, _ hessian: PositiveDefinite
  ) -> Float {
    let largest = part.reduce(0) { max($0, abs($1)) }
    var best = (limit: largest, error: Double.infinity)
    for step in 0..<Self.searchPoints / 2 {
      let limit = largest * (1 - Float(step) / Float(Self.searchPoints))
      let clipped = part.map { min(max($0, -limit), limit) }
      let grid = AffineGrid(awq: clipped, bits: bits).withHalfScale
      let difference = zip(part, clipped).map { Double(grid.nearest($1)) - Double($0) }
      let error = hessian.form(difference, in: range)
      if error < best.error { best = (limit, error) }
    }
    return best.limit
  }
}

extension PositiveDefinite {
  /// `d^T H d` for a vector that is zero outside `range`.
  func form(_ vector: [Double], in range: Range<Int>) -> Double {
    var total = 0.0
    for (row, value) in vector.enumerated() where value != 0 {
      let start = (range.lowerBound + row) * size + range.lowerBound
      let line = values.span.extracting(start..<start + range.count)
      var sum = 0.0
      for column in vector.indices { sum += line[column] * vector[column] }
      total += value * sum
    }
    return total
  }

  /// The squared error of the layer's output that changed weights cause, up to a constant factor.
  func outputError(of changed: Matrix, from weights: Matrix) -> Double {
    (0..<weights.rows).reduce(0) { total, output in
      let difference = zip(changed.row(output), weights.row(output)).map {
        Double($0) - Double($1)
      }
      return total + form(difference, in: 0..<size)
    }
  }
}
