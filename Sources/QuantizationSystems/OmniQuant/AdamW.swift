/// Adam without weight decay (Loshchilov and Hutter 2019), the optimizer that OmniQuant uses.
struct AdamW {
  let rate: Float
  private var first: [Float]
  private var second: [Float]
  private var steps = 0

  init(rate: Float, count: Int) {
    self.rate = rate
    first = [Float](repeating: 0, count: count)
    second = [Float](repeating: 0, count: count)
  }

  /// Moves parameters against their gradient.
  mutating func step(_ parameters: inout [Float], gradient: [Float]) {
    steps += 1
    let (beta1, beta2): (Float, Float) = (0.9, 0.999)
    var (decay1, decay2): (Float, Float) = (1, 1)
    for _ in 0..<steps {
      decay1 *= beta1
      decay2 *= beta2
    }
    for index in parameters.indices {
      first[index] = beta1 * first[index] + (1 - beta1) * gradient[index]
      second[index] = beta2 * second[index] + (1 - beta2) * gradient[index] * gradient[index]
      let mean = first[index] / (1 - decay1)
      let spread = (second[index] / (1 - decay2)).squareRoot() + 1e-8
      parameters[index] -= rate * mean / spread
    }
  }
}
