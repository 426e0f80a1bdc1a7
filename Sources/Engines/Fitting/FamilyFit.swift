import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The constants of one family and how well they predict devices that were left out.
public struct FamilyFit: Sendable {
  /// The family.
  public let family: EngineFamily
  /// The rows.
  public let observations: [Observation]
  /// The constants, with the statistics of leaving one device out.
  public let constants: FittedConstants
  /// log(measured time / predicted time) of each row, the constants fitted on it too.
  public let residuals: [Double]
  /// The same with the row's device left out of the fit, and what intervals need besides.
  public let rows: [IntervalReach.Row]
  /// Half the width, in logarithms, that an interval has for the architecture of each row left out, if
  /// no other device has it; 0 for others.
  public let newcomer: [Double]

  /// Fits `family` to `observations`, then once more without each device.
  public init(_ family: EngineFamily, _ observations: [Observation]) {
    self.family = family
    self.observations = observations
    let system = EffectSystem(family, observations)
    let values = system.fit.effects { _ in true }
    residuals = system.residuals(values)
    let parts = Self.leavingDevicesOut(system, values)
    let newcomers = NewArchitecture(parts)
    var newcomer = [Double](repeating: 0, count: observations.count)
    for (number, part) in parts.enumerated() {
      for row in part where row.isNewArchitecture {
        newcomer[row.index] = newcomers.halfWidth(without: number)
      }
    }
    self.newcomer = newcomer
    rows = parts.joined().sorted { $0.index < $1.index }.map(\.row)
    constants = FittedConstants(
      family: family, system: system, values: values, leftOut: rows,
      newArchitectureReach: newcomers.halfWidth(without: nil))
  }

  /// A row whose device was left out of the fit.
  fileprivate struct LeftOutRow {
    let index: Int
    let row: IntervalReach.Row
    let hasSeveralTokens: Bool
    /// Whether no other device has its architecture.
    let isNewArchitecture: Bool
  }

  /// The rows of each device, predicted from those of the others, on all processors.
  private static func leavingDevicesOut(
    _ system: EffectSystem, _ values: [Double]
  ) -> [[LeftOutRow]] {
    let devices = Set(system.observations.map(\.device)).sorted()
    let parts = Mutex([[LeftOutRow]](repeating: [], count: devices.count))
    DispatchQueue.concurrentPerform(iterations: devices.count) { number in
      let rows = leavingOut(devices[number], system, values)
      parts.withLock { $0[number] = rows }
    }
    return parts.withLock { $0 }
  }

  private static func leavingOut(
    _ device: String, _ system: EffectSystem, _ values: [Double]
  ) -> [LeftOutRow] {
    let observations = system.observations
    let isOther = { (index: Int) in observations[index].device != device }
    let without = system.fit.effects(startingFrom: values, where: isOther)
    let support = system.support(where: isOther)
    let spreads = system.fit.openSpreads(without, where: isOther)
    return observations.indices.filter { !isOther($0) }.map { index in
      LeftOutRow(
        index: index,
        row: IntervalReach.Row(
          device: device, residual: system.residual(index, without),
          unknown: system.unknownSpread(index, without, spreads: spreads)),
        hasSeveralTokens: observations[index].hasSeveralTokens,
        isNewArchitecture: !observations[index].isNUMAImpaired
          && system.isNewArchitecture(index, support: support))
    }
  }

  /// log(measured / predicted) for each row of `tested` after a fit on the rows of `trained` only.
  public func residuals(
    fittedOn trained: (Observation) -> Bool, of tested: (Observation) -> Bool
  ) -> [(observation: Observation, residual: Double)] {
    let system = EffectSystem(family, observations)
    let values = system.fit.effects { trained(observations[$0]) }
    return observations.indices.filter { tested(observations[$0]) }
      .map { (observations[$0], system.residual($0, values)) }
  }
}

/// Observations with their effects numbered.
struct EffectSystem: Sendable {
  let names: [String]
  let observations: [Observation]
  let fit: EffectFit

  init(_ family: EngineFamily, _ observations: [Observation]) {
    self.observations = observations
    let names = Set(
      observations.flatMap { $0.groups.flatMap { $0.parts.joined().flatMap(\.effects) } }
    ).sorted()
    self.names = names
    let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    var clusterSizes: [String: Int] = [:]
    for observation in observations { clusterSizes[observation.cluster, default: 0] += 1 }
    let power = family == .llamaCppDecode ? 0.8 : family == .fusedDecode ? 0.2 : 0.6
    let rows = observations.map { observation in
      EffectFit.Row(
        design: DesignRow(
          observation.groups, work: observation.work, missing: { _ in 0 },
          index: { numbers[$0] }),
        logSeconds: log(observation.seconds),
        // Rows of one device and source repeat each other.
        weight: 2 * observation.trust
          * pow(Double(clusterSizes[observation.cluster] ?? 1), -power))
    }
    fit = EffectFit(priors: names.map { EffectPrior.of($0, in: family) }, rows: rows)
  }

  func residual(_ index: Int, _ values: [Double]) -> Double {
    fit.rows[index].logSeconds - log(fit.rows[index].design.seconds(values))
  }

  func residuals(_ values: [Double]) -> [Double] {
    observations.indices.map { residual($0, values) }
  }

  /// Which effects the rows touch.
  func support(where isUsed: (Int) -> Bool) -> [Int] {
    var counts = [Int](repeating: 0, count: names.count)
    for index in observations.indices where isUsed(index) {
      var seen: Set<Int> = []
      for group in fit.rows[index].design.groups {
        for component in group.parts.joined() { seen.formUnion(component.effects) }
      }
      for effect in seen { counts[effect] += 1 }
    }
    return counts
  }

  /// Whether no row that counts towards `support` has the architecture of a row.
  func isNewArchitecture(_ index: Int, support: [Int]) -> Bool {
    let components = fit.rows[index].design.groups.flatMap(\.parts).joined()
    let classes = components.flatMap(\.effects).filter { names[$0].contains(".architecture:") }
    return !classes.isEmpty && classes.allSatisfy { support[$0] == 0 }
  }

  /// The spread that `spreads` of effects leave in the logarithm of the time of a row.
  func unknownSpread(_ index: Int, _ values: [Double], spreads: [Double]) -> Double {
    var slopes: [(effect: Int, slope: Double)] = []
    _ = fit.rows[index].design.seconds(values, slopes: &slopes)
    var byEffect: [Int: Double] = [:]
    for (effect, slope) in slopes { byEffect[effect, default: 0] += slope }
    let variance = byEffect.sorted { $0.key < $1.key }.reduce(0) { sum, item in
      let spread = item.value * spreads[item.key]
      return sum + spread * spread
    }
    return variance.squareRoot()
  }
}

/// How far off devices are whose architecture no other device has, beyond what is usual.
///
/// Priors of architectures say how much those that were measured differ around their mean, after the fit
/// had chosen everything else for them. A new one was not asked.
private struct NewArchitecture {
  /// For each device that was left out, the median of its |errors| in logarithms if its architecture was
  /// new without it.
  private let errors: [Double?]
  /// Four of five rows of all devices are off by less.
  private let usual: Double

  init(_ all: [[FamilyFit.LeftOutRow]]) {
    let parts = all.map { $0.filter { !$0.hasSeveralTokens } }
    errors = parts.map { rows in
      let residuals = rows.filter(\.isNewArchitecture).map(\.row.residual)
      return residuals.isEmpty ? nil : abs(Quantiles.value(0.5, of: residuals))
    }
    let rows = parts.joined().map(\.row)
    usual = IntervalReach.of(rows) * IntervalReach.spread(unknown: 0)
  }

  /// Half the width that an 80 % interval needs beyond the usual to hold four of five such devices,
  /// device number `left` not asked.
  func halfWidth(without left: Int?) -> Double {
    let known = errors.enumerated().compactMap { $0 == left ? nil : $1 }
    // Two devices tell nothing of a fifth.
    guard known.count >= 3 else { return 0 }
    let error = Quantiles.value(0.8, of: known)
    return max(error * error - usual * usual, 0).squareRoot()
  }
}
