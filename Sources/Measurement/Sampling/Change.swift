/// Whether a quantity changed between two measurements, given their noise.
///
/// The interval of the ratio decides, not the ratio: what is called slower is slower than the
/// tolerance with 97.5 % confidence, and what is called the same lies within it with 95 %.
public struct Change: Equatable, Sendable {
  /// What may be said of a change.
  public enum Verdict: String, Sendable, CaseIterable {
    /// Less time than before, by more than the tolerance.
    case faster
    /// More time than before, by more than the tolerance.
    case slower
    /// The same within the tolerance.
    case same
    /// Too much noise to tell; more samples would.
    case unclear
  }

  /// The time after over the time before.
  public let ratio: RatioInterval
  /// What may be said.
  public let verdict: Verdict

  /// Judges samples of a time; `nil` for a side without samples.
  ///
  /// - Parameters:
  ///   - before: Seconds, in any order.
  ///   - after: Seconds, in any order.
  ///   - tolerance: The change that does not matter, as a share of the time, from 0 to below 1.
  public init?(from before: Samples, to after: Samples, tolerance: Double) {
    guard let ratio = after.ratioOfMedians(to: before, paired: false) else { return nil }
    self.ratio = ratio
    if ratio.low > 1 + tolerance {
      verdict = .slower
    } else if ratio.high < 1 - tolerance {
      verdict = .faster
    } else if ratio.low >= 1 - tolerance, ratio.high <= 1 + tolerance {
      verdict = .same
    } else {
      verdict = .unclear
    }
  }
}
