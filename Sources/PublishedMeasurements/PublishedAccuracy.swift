public import Engines

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A published row beside what is predicted for a device that the fit has not seen.
public struct JudgedRow: Sendable {
  /// The row.
  public let published: PublishedCase
  /// The family whose constants were used.
  public let family: EngineFamily
  /// The class of its error.
  public let errorClass: String
  /// log(measured / predicted) time with the row's device left out of the fit.
  public let residual: Double
  /// The same with the row in the fit.
  public let fittedResidual: Double
  /// Whether the measurement is inside the 80 % interval, which other devices of the class set.
  public let isCovered: Bool
  /// Half the width of the interval, in logarithms.
  public let reach: Double

  /// Predicted tokens per second.
  public var predicted: Double { published.row.tokensPerSecond * exp(residual) }
  /// |predicted / measured - 1|.
  public var error: Double { abs(exp(residual) - 1) }
  /// |predicted / measured - 1| with the row in the fit.
  public var fittedError: Double { abs(exp(fittedResidual) - 1) }
  /// Whether the source or two transcriptions of it were read.
  public var isWellRead: Bool {
    ["primary", "secondary-2x"].contains(published.row.provenance)
  }
}

/// How good predictions are for devices that were left out, over the whole table.
public struct PublishedAccuracy: Sendable {
  /// The fits.
  public let fits: [FamilyFit]
  /// Every row of every family, llama.cpp's rows that only anchor other engines left out.
  public let rows: [JudgedRow]

  /// Fits every family and leaves every device out once: a few seconds.
  public init(_ comparison: PublishedComparison) {
    let observations = PublishedObservations(comparison.cases)
    var fits: [FamilyFit] = []
    var rows: [JudgedRow] = []
    for family in EngineFamily.allCases {
      let pairs = observations.pairs[family] ?? []
      let fit = FamilyFit(family, pairs.map(\.observation))
      fits.append(fit)
      let reaches = Self.reaches(fit)
      for (index, pair) in pairs.enumerated()
      where family != .fusedDecode || pair.published.row.subset != "A-llamacpp-gpu" {
        let residual = fit.rows[index].residual
        rows.append(
          JudgedRow(
            published: pair.published, family: family,
            errorClass: fit.observations[index].errorClass, residual: residual,
            fittedResidual: fit.residuals[index], isCovered: abs(residual) <= reaches[index],
            reach: reaches[index]))
      }
    }
    self.fits = fits
    self.rows = rows
  }

  /// The half width of each row's interval, set by rows of other devices only.
  private static func reaches(_ fit: FamilyFit) -> [Double] {
    var cache: [String: Double] = [:]
    return fit.observations.indices.map { index in
      let own = fit.observations[index]
      let key = "\(own.errorClass)|\(own.device)"
      let known: Double
      if let cached = cache[key] {
        known = cached
      } else {
        let others = fit.observations.indices.filter { fit.observations[$0].device != own.device }
        let members = others.filter { fit.observations[$0].errorClass == own.errorClass }
        let used = members.count >= FittedConstants.rowsForOwnInterval ? members : others
        known = IntervalReach.of(
          used.map { fit.rows[$0] })
        cache[key] = known
      }
      return IntervalReach.halfWidth(
        known, unknown: fit.rows[index].unknown, newcomer: fit.newcomer[index])
    }
  }

  /// Errors of llama.cpp's decode on GPUs for models that were left out of the fit.
  public struct ModelsLeftOut {
    /// Of 70B models, after a fit on all others.
    public var smallToLarge: [Double] = []
    /// Of all others after a fit on 70B models, on devices that ran one.
    public var largeToSmall: [Double] = []
    /// The same on every device, most of which that fit has not seen.
    public var largeToSmallAnywhere: [Double] = []
  }

  /// Errors of llama.cpp on the large models after a fit on the small ones, and the reverse.
  public func leavingModelsOut() -> ModelsLeftOut {
    guard let fit = fits.first(where: { $0.family == .llamaCppDecode }) else {
      return ModelsLeftOut()
    }
    func isSingle(_ observation: Observation) -> Bool { !observation.hasSeveralTokens }
    func isLarge(_ observation: Observation) -> Bool { observation.model.contains("70b") }
    func error(_ residual: Double) -> Double { abs(exp(residual) - 1) }
    let devices = Set(fit.observations.filter(isLarge).map(\.device))
    let large = fit.residuals(fittedOn: { !isLarge($0) }, of: isLarge)
    let small = fit.residuals(fittedOn: isLarge, of: { !isLarge($0) && isSingle($0) })
    return ModelsLeftOut(
      smallToLarge: large.map { error($0.residual) },
      largeToSmall: small.filter { devices.contains($0.observation.device) }
        .map { error($0.residual) },
      largeToSmallAnywhere: small.map { error($0.residual) })
  }
}
