#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An interval that holds the true median with a stated confidence, whatever the distribution.
///
/// The number of n independent samples below the true median is binomial with p = 1/2, so the
/// median lies between the order statistics r and n + 1 - r with probability
/// 1 - 2 P(Bin(n, 1/2) < r).
public struct MedianInterval: Equatable, Sendable {
  /// The median of the samples.
  public let median: Double
  /// The order statistic below.
  public let low: Double
  /// The order statistic above.
  public let high: Double

  /// Half of the width as a share of the median.
  public var relativeHalfWidth: Double { (high - low) / 2 / abs(median) }
}

extension Samples {
  /// The interval of the median; `nil` with too few samples for the confidence (less than 6 for
  /// 95 %).
  public func medianInterval(confidence: Double = 0.95) -> MedianInterval? {
    guard let rank = Self.lowerRank(of: count, confidence: confidence) else { return nil }
    let sorted = values.sorted()
    guard let median = Self.percentile(50, ofSorted: sorted) else { return nil }
    return MedianInterval(median: median, low: sorted[rank - 1], high: sorted[count - rank])
  }

  /// The largest rank r (from 1) with 2 P(Bin(n, 1/2) < r) at most 1 - confidence.
  static func lowerRank(of count: Int, confidence: Double) -> Int? {
    let allowed = (1 - confidence) / 2
    var probability = 0.0
    var rank = 0
    // Logarithms, because 2^-n underflows from n = 1075 on.
    var logarithm = -Double(count) * log(2)
    while rank < count / 2 {
      probability += exp(logarithm)
      guard probability <= allowed else { break }
      rank += 1
      logarithm += log(Double(count - rank + 1)) - log(Double(rank))
    }
    return rank > 0 ? rank : nil
  }
}
