#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// bitsandbytes' 256 signed values from -1 to 1 whose fractions shrink as their exponents fall.
public enum DynamicMap {
  /// The values, ascending.
  ///
  /// Exponent e of 0 to 6 has 2^e magnitudes 10^(e - 6) m, m being the midpoints of 2^e equal steps
  /// from 0.1 to 1; 0 and 1 complete the map.
  public static let values: [Float] = {
    var values: [Float] = [0, 1]
    for exponent in 0..<7 {
      let steps = 1 << exponent
      let unit = pow(10, Double(exponent - 6))
      for step in 0..<steps {
        let middle = (boundary(step, of: steps) + boundary(step + 1, of: steps)) / 2
        let magnitude = Float(unit * Double(middle))
        values += [magnitude, -magnitude]
      }
    }
    return values.sorted()
  }()

  /// As `torch.linspace(0.1, 1)` computes it: from the nearer end.
  private static func boundary(_ step: Int, of steps: Int) -> Float {
    let width = (Float(1) - Float(0.1)) / Float(steps)
    return step < (steps + 1) / 2 + (steps + 1) % 2
      ? Float(0.1) + width * Float(step) : 1 - width * Float(steps - step)
  }

  /// The code of the value nearest to `value`, the lower one halfway between two.
  public static func code(_ value: Float) -> UInt8 {
    var (low, high) = (0, 255)
    while high - low > 1 {
      let middle = (low + high) / 2
      if values[middle] <= value { low = middle } else { high = middle }
    }
    return UInt8(abs(values[high] - value) < abs(values[low] - value) ? high : low)
  }
}
