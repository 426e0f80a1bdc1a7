#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Finds the effects of a family: a robust maximum a posteriori fit in the logarithm of time.
///
/// Residuals follow Student's t with 4 degrees of freedom, so that one odd row does not bend the
/// rest; effects have normal priors, which pools classes with few rows towards their parents.
/// Levenberg-Marquardt steps; no randomness, so equal rows give equal bits.
struct EffectFit: Sendable {
  /// A row to fit.
  struct Row: Sendable {
    let design: DesignRow
    let logSeconds: Double
    let weight: Double
  }

  let priors: [EffectPrior]
  let rows: [Row]

  /// The scale of residuals, in logarithms: what two good measurements of one thing differ by.
  static let residualScale = 0.08
  private static let degreesOfFreedom = 4.0
  private static let steps = 60

  /// The effects that fit the rows for which `isUsed` holds, starting from `start`.
  func effects(startingFrom start: [Double]? = nil, where isUsed: (Int) -> Bool) -> [Double] {
    let used = rows.indices.filter(isUsed).map { rows[$0] }
    var values = start ?? priors.map(\.mean)
    var damping = 1e-3
    var cost = cost(values, used)
    for _ in 0..<Self.steps {
      var (matrix, gradient) = normalEquations(values, used)
      for index in priors.indices {
        let precision = 1 / (priors[index].spread * priors[index].spread)
        matrix[index][index] += precision
        gradient[index] -= (values[index] - priors[index].mean) * precision
      }
      var gain = 0.0
      while damping < 1e8 {
        let step = Cholesky.solve(matrix, gradient, damping: damping)
        let candidate = zip(values, step).map { $0 + min(max($1, -1), 1) }
        let next = self.cost(candidate, used)
        if next <= cost {
          gain = cost - next
          values = candidate
          cost = next
          damping = max(damping / 5, 1e-9)
          break
        }
        damping *= 5
      }
      if gain < 1e-6 { break }
    }
    return values
  }

  /// The spread of each effect's prior, in the part that the rows for which `isUsed` holds leave to it.
  ///
  /// A row says much of the terms that make up its time and little of the rest: 8,192 tokens have little
  /// to say about what attention costs at 200,000. What rows do say is off, too, but those errors are
  /// among the residuals of devices left out already.
  func openSpreads(_ values: [Double], where isUsed: (Int) -> Bool) -> [Double] {
    let (information, _) = normalEquations(values, rows.indices.filter(isUsed).map { rows[$0] })
    return priors.enumerated().map { index, prior in
      // The share of the posterior that is prior, squared: nothing of an effect that rows know well.
      let share = 1 / (1 + information[index][index] * prior.spread * prior.spread)
      return prior.spread * share * share
    }
  }

  private func cost(_ values: [Double], _ used: [Row]) -> Double {
    let freedom = Self.degreesOfFreedom
    var total = 0.0
    for row in used {
      let residual = (row.logSeconds - log(row.design.seconds(values))) / Self.residualScale
      total += row.weight * (freedom + 1) / 2 * log(1 + residual * residual / freedom)
    }
    for (value, prior) in zip(values, priors) {
      let distance = (value - prior.mean) / prior.spread
      total += distance * distance / 2
    }
    return total
  }

  private func normalEquations(
    _ values: [Double], _ used: [Row]
  ) -> (matrix: [[Double]], gradient: [Double]) {
    let count = priors.count
    let freedom = Self.degreesOfFreedom
    var matrix = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    var gradient = [Double](repeating: 0, count: count)
    var slopes: [(effect: Int, slope: Double)] = []
    for row in used {
      let residual = row.logSeconds - log(row.design.seconds(values, slopes: &slopes))
      let scaled = residual / Self.residualScale
      let weight =
        row.weight * (freedom + 1) / (freedom + scaled * scaled)
        / (Self.residualScale * Self.residualScale)
      for (effect, slope) in slopes {
        gradient[effect] += weight * slope * residual
        for (other, otherSlope) in slopes where other <= effect {
          matrix[effect][other] += weight * slope * otherSlope
        }
      }
    }
    return (matrix, gradient)
  }
}

/// Solves symmetric positive definite systems of which the lower triangle is given.
enum Cholesky {
  /// x of `(A + damping diag A) x = b`.
  static func solve(_ matrix: [[Double]], _ right: [Double], damping: Double) -> [Double] {
    let upper = factor(matrix, damping: damping)
    var solution = right
    for row in upper.indices {
      solution[row] /= upper[row][0]
      subtract(upper[row].dropFirst(), times: solution[row], from: &solution, at: row + 1)
    }
    for row in upper.indices.reversed() {
      for (below, value) in zip(solution.indices.dropFirst(row + 1), upper[row].dropFirst()) {
        solution[row] -= value * solution[below]
      }
      solution[row] /= upper[row][0]
    }
    return solution
  }

  /// The rows of R in `R^T R = A + damping diag A`, each from its diagonal on.
  ///
  /// What is subtracted from a row lies in a row, too, and most factors are 0: classes of different
  /// devices do not meet.
  private static func factor(_ matrix: [[Double]], damping: Double) -> [[Double]] {
    var upper = matrix.indices.map { row in matrix[row...].map { $0[row] } }
    for row in upper.indices { upper[row][0] *= 1 + damping }
    for pivot in upper.indices {
      let root = max(upper[pivot][0], 1e-300).squareRoot()
      for index in upper[pivot].indices.dropFirst() { upper[pivot][index] /= root }
      upper[pivot][0] = root
      let values = upper[pivot]
      for index in values.indices.dropFirst() where values[index] != 0 {
        subtract(values[index...], times: values[index], from: &upper[pivot + index], at: 0)
      }
    }
    return upper
  }

  /// `target[start + i] -= factor * source[i]`.
  private static func subtract(
    _ source: ArraySlice<Double>, times factor: Double, from target: inout [Double], at start: Int
  ) {
    let values = source.span
    var target = target.mutableSpan
    for index in values.indices { target[start + index] -= factor * values[index] }
  }
}
