/// What kernels make of activations: 8-bit codes with a scale per segment, the definition.
struct QuantizedActivations {
  let codes: [Int]
  /// The scale of each activation.
  let scales: [Float]

  /// - Parameters:
  ///   - activations: Token after token.
  ///   - columns: The activations of a token.
  ///   - segment: How many share a scale, 32 or 256; at the end of a token, what is left.
  init(_ activations: [Float], columns: Int, segment: Int) {
    var codes: [Int] = []
    var scales: [Float] = []
    for token in stride(from: 0, to: activations.count, by: columns) {
      for first in stride(from: token, to: token + columns, by: segment) {
        let block = activations[first..<min(first + segment, token + columns)]
        let finite = block.allSatisfy(\.isFinite)
        let largest = block.map(\.magnitude).max() ?? 0
        let inverse = finite && largest >= 0x1p-119 ? 127 / largest : 0
        let scale = finite ? (inverse == 0 ? 0 : largest / 127) : .nan
        scales += block.map { _ in scale }
        codes += block.map { inverse == 0 ? 0 : Int(($0 * inverse).rounded(.toNearestOrEven)) }
      }
    }
    self.codes = codes
    self.scales = scales
  }
}
