import Measurement

/// How far predictions are from measurements.
struct ErrorStatistics {
  /// Pairs that were compared.
  let count: Int
  /// The median of |predicted / measured - 1|.
  let median: Double
  /// 90 % of the errors are below.
  let ninetiethPercentile: Double
  /// The largest.
  let worst: Double
  /// The median of predicted / measured - 1: above zero, predictions are too slow.
  let bias: Double

  /// The statistics of times in seconds; `nil` without pairs.
  init?(_ pairs: [(predicted: Double, measured: Double)]) {
    let errors = pairs.map { $0.predicted / $0.measured - 1 }
    let sizes = Samples(errors.map(abs))
    guard let median = sizes.median, let ninety = sizes.percentile(90),
      let worst = sizes.percentile(100), let bias = Samples(errors).median
    else { return nil }
    count = errors.count
    self.median = median
    ninetiethPercentile = ninety
    self.worst = worst
    self.bias = bias
  }
}
