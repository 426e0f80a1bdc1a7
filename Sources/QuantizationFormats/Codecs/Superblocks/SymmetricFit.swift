/// How a group of 16 is fitted by `scale * (code - levels)`, codes from 0 to `2 levels - 1`.
///
/// Errors count by the square of the weight. The first candidate gives the weight of largest
/// magnitude code 0, whatever its sign.
enum SymmetricFit: Sendable {
  /// Q6_K (ggml's `make_qx_quants`): 18 more candidates put the largest weight up to 0.9 of a
  /// level below or above that, and the best fit wins.
  case searched
  /// Q3_K (ggml's `make_q3_quants`): codes move one at a time while that improves the fit.
  case refined

  /// The scale that fits best, and the codes.
  func fit(_ weights: Span<Float>, levels: Float) -> (scale: Float, codes: SIMD16<Float>) {
    let largest = weights.largestMagnitude
    guard abs(largest) >= negligibleMagnitude else { return (0, SIMD16()) }
    return switch self {
    case .searched: Self.search(weights, largest: largest, levels)
    case .refined: Self.refine(weights, largest: largest, levels)
    }
  }

  /// The sums of a least-squares fit by `scale * code`.
  private struct Sums {
    var products: Float = 0
    var squares: Float = 0

    var scale: Float { squares > 0 ? products / squares : 0 }

    init(_ weights: Span<Float>, inverse: Float, _ levels: Float) {
      for index in 0..<weights.count {
        let weight = weights[index]
        let code = nearestEven(inverse * weight, -levels, levels - 1)
        products += weight * weight * weight * code
        squares += weight * weight * code * code
      }
    }
  }

  private static func search(
    _ weights: Span<Float>, largest: Float, _ levels: Float
  ) -> (scale: Float, codes: SIMD16<Float>) {
    var inverse = -levels / largest
    let first = Sums(weights, inverse: inverse, levels)
    var scale = first.scale
    var best = scale * first.products
    for step in -9...9 where step != 0 {
      let candidate = -(levels + 0.1 * Float(step)) / largest
      let sums = Sums(weights, inverse: candidate, levels)
      guard sums.squares > 0, sums.products * sums.products > best * sums.squares else { continue }
      (inverse, scale) = (candidate, sums.scale)
      best = scale * sums.products
    }
    return (scale, codes(weights, inverse: inverse, levels) + levels)
  }

  private static func refine(
    _ weights: Span<Float>, largest: Float, _ levels: Float
  ) -> (scale: Float, codes: SIMD16<Float>) {
    let inverse = -levels / largest
    var codes = codes(weights, inverse: inverse, levels)
    var sums = Sums(weights, inverse: inverse, levels)
    for _ in 0..<5 {
      guard refineOnce(weights, &codes, &sums, levels) else { break }
    }
    return (sums.scale, codes + levels)
  }

  /// Moves each code to where the others want it; whether any has moved.
  private static func refineOnce(
    _ weights: Span<Float>, _ codes: inout SIMD16<Float>, _ sums: inout Sums, _ levels: Float
  ) -> Bool {
    var hasMoved = false
    for index in 0..<weights.count {
      let weight = weights[index]
      let importance = weight * weight
      var others = sums
      others.products -= importance * weight * codes[index]
      guard others.products > 0 else { continue }
      others.squares -= importance * codes[index] * codes[index]
      let code = nearestEven(
        weight * others.squares / others.products, -levels, levels - 1)
      guard code != codes[index] else { continue }
      others.products += importance * weight * code
      others.squares += importance * code * code
      guard others.squares > 0,
        others.products * others.products * sums.squares
          > sums.products * sums.products * others.squares
      else { continue }
      codes[index] = code
      sums = others
      hasMoved = true
    }
    return hasMoved
  }

  private static func codes(
    _ weights: Span<Float>, inverse: Float, _ levels: Float
  ) -> SIMD16<Float> {
    var codes = SIMD16<Float>()
    for index in 0..<weights.count {
      codes[index] = nearestEven(inverse * weights[index], -levels, levels - 1)
    }
    return codes
  }
}
