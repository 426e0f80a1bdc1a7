/// How a sub-block is fitted by `scale * code - minimum`, ggml's `make_qkx2_quants`.
///
/// The first candidate spreads the codes over the range of the weights. The others stretch the
/// codes by a little less or more, cut those that leave the levels, and refit scale and minimum by
/// weighted least squares. The candidate of least weighted error wins.
struct AffineSearch: Sendable {
  /// As many levels as this more than the format has are spread over the range first.
  let first: Float
  /// How many candidates follow, each stretching by a tenth of a level more.
  let steps: Int
  /// Whether errors count by magnitude rather than by square.
  let usesMagnitudes: Bool
  /// Whether a weight's importance is its magnitude alone, without the root mean square of all.
  let ignoresMean: Bool

  static let q2 = AffineSearch(first: -0.5, steps: 15, usesMagnitudes: true, ignoresMean: true)
  static let q4 = AffineSearch(first: -1, steps: 20, usesMagnitudes: false, ignoresMean: false)
  static let q5 = AffineSearch(first: -0.5, steps: 15, usesMagnitudes: false, ignoresMean: false)

  /// The best fit of a sub-block with codes from 0 to `levels`.
  func fit(_ weights: Span<Float>, levels: Float) -> AffineFit {
    let group = Group(weights, floor: ignoresMean ? 0 : rootMeanSquare(weights))
    guard group.upper != group.lower else {
      return AffineFit(scale: 0, minimum: -group.lower, inverse: 0, origin: group.lower)
    }
    let inverse = levels / (group.upper - group.lower)
    var best = AffineFit(
      scale: 1 / inverse, minimum: -group.lower, inverse: inverse, origin: group.lower)
    var leastError = error(of: best, weights, group, levels)
    for step in 0...steps {
      // Codes count from the minimum of the best fit so far.
      let origin = -best.minimum
      let inverse = (first + 0.1 * Float(step) + levels) / (group.upper - origin)
      guard let fit = refit(weights, group, inverse: inverse, origin: origin, levels) else {
        continue
      }
      let error = error(of: fit, weights, group, levels)
      if error < leastError { (best, leastError) = (fit, error) }
    }
    return best
  }

  /// What all candidates of a sub-block share.
  private struct Group {
    /// The smallest weight, or 0 if all are positive.
    var lower: Float
    /// The largest weight.
    var upper: Float
    /// What is added to a weight's magnitude to make its importance.
    let floor: Float
    /// The sum of the importances.
    var sum: Float = 0
    /// The sum of importance times weight.
    var weightSum: Float = 0

    init(_ weights: Span<Float>, floor: Float) {
      (self.lower, self.upper, self.floor) = (weights[0], weights[0], floor)
      for index in 0..<weights.count {
        let weight = weights[index]
        if weight < lower { lower = weight }
        if weight > upper { upper = weight }
        sum += importance(weight)
        weightSum += importance(weight) * weight
      }
      if lower > 0 { lower = 0 }
    }

    @inline(__always)
    func importance(_ weight: Float) -> Float { floor + abs(weight) }
  }

  private func rootMeanSquare(_ weights: Span<Float>) -> Float {
    var sum: Float = 0
    for index in 0..<weights.count { sum += weights[index] * weights[index] }
    return (sum / Float(weights.count)).squareRoot()
  }

  /// The least-squares fit to the codes that `inverse` yields; `nil` if they are all equal.
  private func refit(
    _ weights: Span<Float>, _ group: Group, inverse: Float, origin: Float, _ levels: Float
  ) -> AffineFit? {
    var (codes, squares, products) = (Float(0), Float(0), Float(0))
    for index in 0..<weights.count {
      let weight = weights[index]
      let code = nearestEven(inverse * (weight - origin), 0, levels)
      let share = group.importance(weight) * code
      codes += share
      squares += share * code
      products += share * weight
    }
    let determinant = group.sum * squares - codes * codes
    guard determinant > 0 else { return nil }
    let scale = (group.sum * products - group.weightSum * codes) / determinant
    let lowest = (squares * group.weightSum - codes * products) / determinant
    // The stored minimum cannot be above zero.
    return lowest > 0
      ? AffineFit(scale: products / squares, minimum: 0, inverse: inverse, origin: origin)
      : AffineFit(scale: scale, minimum: -lowest, inverse: inverse, origin: origin)
  }

  private func error(
    of fit: AffineFit, _ weights: Span<Float>, _ group: Group, _ levels: Float
  ) -> Float {
    var sum: Float = 0
    for index in 0..<weights.count {
      let weight = weights[index]
      let code = nearestEven(fit.inverse * (weight - fit.origin), 0, levels)
      let difference = fit.scale * code - fit.minimum - weight
      let error = usesMagnitudes ? abs(difference) : difference * difference
      sum += group.importance(weight) * error
    }
    return sum
  }
}

/// A fit of weights by `scale * code - minimum`.
struct AffineFit {
  let scale: Float
  let minimum: Float
  /// The codes come from `inverse * (weight - origin)`.
  let inverse: Float
  /// See `inverse`.
  let origin: Float

  /// The code of a weight under this fit.
  func code(_ weight: Float, levels: Float) -> Int {
    Int(nearestEven(inverse * (weight - origin), 0, levels))
  }
}
