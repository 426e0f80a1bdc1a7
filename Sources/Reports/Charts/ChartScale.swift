#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Maps values between two bounds to 0...1, linearly or by ratio.
struct ChartScale: Equatable, Sendable {
  let isLogarithmic: Bool
  let low: Double
  let high: Double

  /// A scale around `values`: whole decades, or round numbers from zero on.
  init(covering values: [Double], isLogarithmic: Bool) {
    self.isLogarithmic = isLogarithmic
    let usable = values.filter { $0.isFinite && (!isLogarithmic || $0 > 0) }
    let least = usable.min() ?? (isLogarithmic ? 1 : 0)
    let most = usable.max() ?? 1
    if isLogarithmic {
      let first = log10(least).rounded(.down)
      let last = log10(most).rounded(.up)
      low = pow(10, first)
      high = pow(10, max(last, first + 1))
    } else {
      let start = min(0, least)
      let end = max(0, most)
      let step = Self.step(end > start ? end - start : 1)
      low = (start / step).rounded(.down) * step
      high = max((end / step).rounded(.up) * step, low + step)
    }
  }

  /// Where `value` lies: 0 at the lower bound, 1 at the upper; `nil` where it has no place.
  func fraction(_ value: Double) -> Double? {
    guard value.isFinite, !isLogarithmic || value > 0 else { return nil }
    let share =
      isLogarithmic
      ? (log10(value) - log10(low)) / (log10(high) - log10(low)) : (value - low) / (high - low)
    return share.isFinite ? min(max(share, -1), 2) : nil
  }

  /// Values to label, ascending, at most about `count`.
  func ticks(_ count: Int) -> [Double] {
    guard isLogarithmic else {
      var step = Self.step(high - low)
      while (high - low) / step > Double(max(count, 1)) + 0.5 { step *= 2 }
      let steps = Int(((high - low) / step + 1e-9).rounded(.down))
      return (0...max(steps, 1)).map { low + Double($0) * step }
    }
    let first = Int(log10(low).rounded())
    let last = Int(log10(high).rounded())
    if last - first == 1, count >= 4 {
      return [1, 2, 5, 10].map { $0 * pow(10, Double(first)) }
    }
    var every = 1
    while (last - first) / every + 1 > max(count, 2) { every += 1 }
    return stride(from: first, through: last, by: every).map { pow(10, Double($0)) }
  }

  /// A step of 1, 2 or 5 times a power of ten, a fifth to a tenth of `span`.
  private static func step(_ span: Double) -> Double {
    let unit = pow(10, log10(span / 5).rounded(.down))
    let ratio = span / 5 / unit
    return unit * (ratio >= 5 ? 5 : ratio >= 2 ? 2 : 1)
  }
}
