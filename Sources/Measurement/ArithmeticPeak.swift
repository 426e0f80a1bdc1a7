internal import CMeasurement

/// Multiply-adds on registers: what no kernel of this processor exceeds.
public enum ArithmeticPeak: Int32, CaseIterable, Sendable {
  /// Single precision.
  case fp32 = 0
  /// bfloat16 pairs summed in single precision.
  case bf16 = 1

  /// The instruction set that is used; `nil` if the processor has no such unit.
  public var isa: String? { unsafe cm_peak_isa(rawValue).map { unsafe String(cString: $0) } }

  /// Runs `iterations` rounds on the calling thread; returns the operations.
  public func run(iterations: Int) -> Double { cm_peak(rawValue, max(0, iterations)) }
}
