#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A speed that an engine is expected to reach, with an interval that holds 80 % of the time.
public struct ExpectedSpeed: Hashable, Sendable {
  /// Seconds of the phase.
  public let seconds: Double
  /// Tokens per second over all sequences.
  public let tokensPerSecond: Double
  /// The slower end of the interval in tokens per second.
  public let low: Double
  /// The faster end.
  public let high: Double

  /// A speed that was worked out in another way, off by `share` in either direction.
  public init(seconds: Double, tokens: Double, share: Double) {
    self.seconds = seconds
    tokensPerSecond = tokens / seconds
    low = tokensPerSecond * (1 - share)
    high = tokensPerSecond * (1 + share)
  }

  init(seconds: Double, tokensPerSecond: Double, low: Double, high: Double) {
    self.seconds = seconds
    self.tokensPerSecond = tokensPerSecond
    self.low = low
    self.high = high
  }
}

/// Prices passes of one engine on one device at one precision: terms with all constants filled in.
///
/// Building it looks every constant up once; afterwards a prediction is a few dozen operations.
public struct ExpectedTime: Sendable {
  private struct Component: Sendable {
    let quantity: Quantity
    /// Seconds for each unit, the fitted factor included.
    let unit: Double
    /// Variance that what is left open of effects leaves in the logarithm of this component.
    let unknownVariance: Double
  }
  private struct Group: Sendable {
    let overlap: Double
    /// What overlaps; the components of a part follow one another.
    let parts: [[Component]]
  }

  private let groups: [Group]
  /// What it rests on.
  public let basis: ExpectedBasis
  /// What steps of several tokens rest on.
  private let severalBasis: ExpectedBasis
  private var shift = 0.0
  private var narrowing = 1.0

  /// Fills the constants of `family` into the terms of `engine` on `device`.
  public init(
    _ family: EngineFamily, constants: FittedConstants, device: DeviceTraits,
    engine: EngineSetting, precision: PrecisionTraits, threads: Int? = nil
  ) {
    let terms = ExpectedTerms.groups(
      family, device: device, engine: engine, precision: precision, threads: threads,
      isNUMAImpaired: false)
    groups = terms.map { group in
      Group(
        overlap: group.overlap,
        parts: group.parts.map { part in
          part.map { Self.fill($0, constants: constants, family: family) }
        })
    }
    let name = ErrorClass.name(family, device: device, engine: engine)
    basis = ExpectedBasis(
      family: family, errorClass: name, constants: constants, device: device, engine: engine)
    severalBasis = ExpectedBasis(
      family: family, errorClass: Self.severalTokens(name, constants), constants: constants,
      device: device, engine: engine)
  }

  /// The class of steps of several tokens: the device's own where enough rows have it, else all of them
  /// together, else `name` where a family has none.
  private static func severalTokens(_ name: String, _ constants: FittedConstants) -> String {
    let own = ErrorClass.severalTokens(name)
    if let error = constants.ownError(of: own), error.rows >= FittedConstants.rowsForOwnInterval {
      return own
    }
    return constants.ownError(of: ErrorClass.severalTokens)?.name ?? name
  }

  /// What the time of a step of `tokens` rests on; a prefill's is `basis`, whatever its length.
  public func basis(ofStepOf tokens: Double) -> ExpectedBasis { tokens > 1 ? severalBasis : basis }

  private static func fill(
    _ component: TermComponent, constants: FittedConstants, family: EngineFamily
  ) -> Component {
    var exponent = 0.0
    var variance = 0.0
    for effect in component.effects {
      if let known = constants.effect(effect) {
        exponent += known.value
        variance += known.spread * known.spread
      } else {
        let prior = EffectPrior.of(effect, in: family)
        exponent += prior.mean
        variance += prior.spread * prior.spread
      }
    }
    let excess = exp(exponent)
    // Only the excess over the floor is uncertain.
    let share = excess / (component.floor + excess)
    // A millionth is a spread of a thousandth; more digits would only fill pages.
    return Component(
      quantity: component.quantity, unit: component.unit * (component.floor + excess),
      unknownVariance: (variance * share * share * 1e6).rounded() / 1e6)
  }

  private static func seconds(_ part: [Component], _ work: PassWork) -> Double {
    var total = 0.0
    for component in part { total += work[component.quantity] * component.unit }
    return total
  }

  /// The expected time of a pass, never below `bound` seconds; `link` seconds are added.
  public func speed(
    _ work: PassWork, tokens: Double, bound: Double, link: Double = 0
  ) -> ExpectedSpeed {
    var total = 0.0
    var variance = 0.0
    for group in groups {
      var sum = 0.0
      for part in group.parts { sum += pow(Self.seconds(part, work), group.overlap) }
      guard sum > 0 else { continue }
      let time = pow(sum, 1 / group.overlap)
      total += time
      for part in group.parts {
        let slope = pow(Self.seconds(part, work) / time, group.overlap - 1)
        for component in part where component.unknownVariance > 0 {
          let share = slope * work[component.quantity] * component.unit
          variance += share * share * component.unknownVariance
        }
      }
    }
    let seconds = max(total * exp(shift) + link, bound)
    let unknown = total > 0 ? variance.squareRoot() / total : 0
    let basis = basis(ofStepOf: tokens)
    let reach =
      narrowing
      * IntervalReach.halfWidth(
        basis.reach, unknown: unknown, newcomer: basis.newArchitectureReach)
    return ExpectedSpeed(
      seconds: seconds, tokensPerSecond: tokens / seconds,
      low: tokens / (seconds * exp(reach)),
      high: tokens / max(seconds * exp(-reach), bound))
  }

  /// The same, corrected by log(measured / predicted) times of the user's own device.
  ///
  /// Errors of one device have `basis.sharedVariance` of their variance in common; what n
  /// measurements say of the common part is believed by Bayes' rule for normal distributions.
  public func corrected(by logRatios: [Double]) -> ExpectedTime {
    guard !logRatios.isEmpty else { return self }
    let count = Double(logRatios.count)
    let share = basis.sharedVariance
    let pooled = 1 + (count - 1) * share
    var result = self
    result.shift = logRatios.reduce(0, +) / count * count * share / pooled
    result.narrowing = max(1 - count * share * share / pooled, 0.02).squareRoot()
    return result
  }
}

extension ExpectedTime {
  /// Overlapping times with all constants filled in: `(sum of t^p)^(1/p)`, where t is `count x unit`
  /// or a sum of such.
  public struct Term: Hashable, Sendable {
    /// One of the times.
    public struct Component: Hashable, Sendable {
      /// The count that it is proportional to, by its place in `PassWork.counts`.
      public let quantity: Int
      /// Seconds for each.
      public let secondsPerUnit: Double
      /// Variance of its logarithm from what measurements leave open of its effects.
      public let unknownVariance: Double
    }

    /// How far the parts overlap, p.
    public let overlap: Double
    /// The parts; the components of one follow one another.
    public let parts: [[Component]]
  }

  /// The terms that add up to the time, for readers that compute elsewhere.
  public var terms: [Term] {
    groups.map { group in
      Term(
        overlap: group.overlap,
        parts: group.parts.map { part in
          part.map {
            Term.Component(
              quantity: $0.quantity.rawValue, secondsPerUnit: $0.unit,
              unknownVariance: $0.unknownVariance)
          }
        })
    }
  }
}

/// What an expected speed rests on, to be printed next to it.
public struct ExpectedBasis: Sendable {
  /// The family of constants.
  public let family: EngineFamily
  /// The class of the device and engine.
  public let errorClass: String
  /// Rows and devices that the family was fitted on.
  public let rows: Int
  /// Devices that the family was fitted on.
  public let devices: Int
  /// The error of the class for devices that were left out, where it has rows of its own.
  public let ownError: FittedConstants.ClassError?
  /// Whether the constants know this architecture with this family.
  public let knowsArchitecture: Bool
  /// Whether they know this engine.
  public let knowsEngine: Bool
  /// How many spreads of a row an 80 % interval reaches to either side.
  public let reach: Double
  /// Half the width, in logarithms, for its architecture, if no row has it; 0 otherwise.
  public let newArchitectureReach: Double
  private let deviceShare: Double

  /// The share of the error's variance that all rows of the device have in common: an architecture that
  /// is new is so in each of them.
  var sharedVariance: Double {
    guard newArchitectureReach > 0 else { return deviceShare }
    let row = IntervalReach.halfWidth(reach, unknown: 0, newcomer: 0)
    let newcomer = newArchitectureReach * newArchitectureReach
    return (deviceShare * row * row + newcomer) / (row * row + newcomer)
  }

  init(
    family: EngineFamily, errorClass: String, constants: FittedConstants, device: DeviceTraits,
    engine: EngineSetting
  ) {
    self.family = family
    self.errorClass = errorClass
    rows = constants.rows
    devices = constants.devices
    ownError = constants.ownError(of: errorClass)
    reach = constants.error(of: errorClass)?.reach ?? 2
    deviceShare = constants.deviceShare
    let suffix = "architecture:\(device.architecture)"
    knowsArchitecture = constants.effects.contains {
      $0.rows > 0 && $0.name.hasSuffix(".\(suffix)")
    }
    newArchitectureReach = knowsArchitecture ? 0 : constants.newArchitectureReach
    knowsEngine = constants.effects.contains {
      $0.rows > 0 && $0.name.contains(".engine:") && $0.name.contains(engine.key)
    }
  }
}

/// The natural logarithm, for callers that import no mathematics library.
public enum Logarithm {
  /// ln(value).
  public static func of(_ value: Double) -> Double { log(value) }
}
