/// Whether `actual` is `expected` up to `bound`; a NaN is not, and neither is another infinity.
func agrees(_ actual: Float, _ expected: Double, within bound: Double) -> Bool {
  if expected.isInfinite { return Double(actual) == expected }
  return abs(Double(actual) - expected) <= bound
}

/// The relative error of `operations` rounded float operations in a row, at most.
func gamma(_ operations: Int) -> Double {
  let all = Double(operations) * 0x1p-24
  return all / (1 - all)
}
