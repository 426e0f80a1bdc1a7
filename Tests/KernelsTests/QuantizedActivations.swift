/// What kernels make of activations: 8-bit codes with a scale per 32, the definition.
struct QuantizedActivations {
  let codes: [Int]
  let scales: [Float]

  init(_ activations: [Float]) {
    var codes: [Int] = []
    var scales: [Float] = []
    for first in stride(from: 0, to: activations.count, by: 32) {
      let block = activations[first..<first + 32]
      let finite = block.allSatisfy(\.isFinite)
      let largest = block.map(\.magnitude).max() ?? 0
      let inverse = finite && largest >= 0x1p-119 ? 127 / largest : 0
      scales.append(finite ? (inverse == 0 ? 0 : largest / 127) : .nan)
      codes += block.map { inverse == 0 ? 0 : Int(($0 * inverse).rounded(.toNearestOrEven)) }
    }
    self.codes = codes
    self.scales = scales
  }
}
