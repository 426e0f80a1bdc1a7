/// Products of integer codes with 32-bit sums: the definition that kernels must meet bit by bit.
public enum IntegerProduct {
  /// `S[token, output] = sum over k of activations[token, k] * weights[output, k]`.
  ///
  /// 131,072 columns of 8-bit codes cannot overflow.
  public static func sums<Activation: FixedWidthInteger, Weight: FixedWidthInteger>(
    _ activations: [Activation], _ weights: [Weight], columns: Int
  ) -> [Int32] {
    let (tokens, outputs) = (activations.count / columns, weights.count / columns)
    var sums = [Int32](repeating: 0, count: tokens * outputs)
    for token in 0..<tokens {
      let row = activations.span.extracting(token * columns..<(token + 1) * columns)
      for output in 0..<outputs {
        let other = weights.span.extracting(output * columns..<(output + 1) * columns)
        var sum: Int32 = 0
        for index in 0..<columns { sum += Int32(row[index]) * Int32(other[index]) }
        sums[token * outputs + output] = sum
      }
    }
    return sums
  }

  /// The sum of each row of codes.
  public static func rowSums<Code: FixedWidthInteger>(_ codes: [Code], columns: Int) -> [Int32] {
    stride(from: 0, to: codes.count, by: columns).map { start in
      codes[start..<start + columns].reduce(0) { $0 + Int32($1) }
    }
  }
}
