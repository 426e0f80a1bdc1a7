import Kernels
import QuantizationFormats

/// Which products are measured, and how often.
struct BenchmarkPlan {
  let formats: [StorageFormat]
  let isQuick: Bool
  private let repetitions = 9
  private let shapes: [(rows: Int, columns: Int)]
  private let tokenCounts = [1, 4, 16, 512]

  init(formats names: [String], isQuick: Bool) {
    formats = KernelRegistry.formats.filter { names.isEmpty || names.contains($0.id) }
    self.isQuick = isQuick
    shapes = isQuick ? [(4096, 4096)] : [(4096, 4096), (11008, 4096)]
  }

  /// Measures and prints.
  func run() throws {
    guard let probe = CeilingProbe(bytes: 512 << 20) else {
      return print("no probe for this processor")
    }
    for threads in [1, 2] { try reportDispatch(threads: threads) }
    print("format threads rows columns tokens | share of ceiling | GB/s or GOP/s | probe | raw")
    for format in formats {
      for shape in shapes {
        let copies = try WeightCopies(format: format, rows: shape.rows, columns: shape.columns)
        for threads in [1, 2] {
          let pool = ThreadPool(threads: threads)
          for tokens in tokenCounts { try measure(copies, tokens, pool, probe) }
        }
      }
    }
  }

  /// The time of a product that is too small to take any: choice of the kernel, checks, threads.
  private func reportDispatch(threads: Int) throws {
    let matrix = try QuantizedMatrix(
      quantizing: [Float](repeating: 1, count: 16 * 32), rows: 16, columns: 32, format: .q4_0)
    let multiplier = Multiplier(pool: ThreadPool(threads: threads))
    let activations = [Float](repeating: 1, count: 32)
    var result: [Float] = []
    var samples = Samples()
    for _ in 0..<repetitions {
      let elapsed = try seconds {
        for _ in 0..<1000 {
          try multiplier.multiply(matrix, activations, tokens: 1, into: &result)
        }
      }
      samples.append(elapsed * 1000)
    }
    print("dispatch:", threads, "threads, microseconds per product:", samples.text)
  }

  private func measure(
    _ copies: WeightCopies, _ tokens: Int, _ pool: ThreadPool, _ probe: CeilingProbe
  ) throws {
    let activations = (0..<tokens * copies.columns).map { Float(($0 * 37 + 11) % 101 - 50) / 16 }
    var result: [Float] = []
    let multiplier = Multiplier(pool: pool)
    // Enough products for a millisecond and more, each with other weights.
    let products = tokens > 16 ? 1 : isQuick ? 8 : 16
    var (kernel, ceiling) = (Samples(), Samples())
    for repetition in 0...repetitions {
      let elapsed = try seconds {
        for _ in 0..<products {
          try multiplier.multiply(copies.next(), activations, tokens: tokens, into: &result)
        }
      }
      let time = elapsed / Double(products)
      let peak = tokens <= 1 ? readRate(probe, pool) : dotRate(probe, pool, copies.format)
      // The first round warms up.
      guard repetition > 0 else { continue }
      kernel.append(rate(of: copies, tokens, time))
      ceiling.append(peak)
    }
    report(copies, tokens, pool, kernel, ceiling)
  }

  /// GB/s for one token, GOP/s for more.
  private func rate(of copies: WeightCopies, _ tokens: Int, _ time: Double) -> Double {
    if tokens <= 1 { return Double(copies.bytes) / time / 1e9 }
    return 2 * Double(copies.rows) * Double(copies.columns) * Double(tokens) / time / 1e9
  }

  private func readRate(_ probe: CeilingProbe, _ pool: ThreadPool) -> Double {
    var best = 0.0
    for ahead in [0, 4096] {
      var bytes = 0
      let time = seconds { bytes = probe.read(on: pool, prefetching: ahead) }
      best = max(best, Double(bytes) / time / 1e9)
    }
    return best
  }

  /// The peak of what the kernel of a format multiplies with.
  private func dotRate(
    _ probe: CeilingProbe, _ pool: ThreadPool, _ format: StorageFormat
  ) -> Double {
    var operations = 0.0
    let time = seconds {
      switch KernelRegistry.best(for: format)?.activationFormatID {
      case "f32": operations = probe.multiplyAdds(iterations: 2_000_000, on: pool)
      case "bf16": operations = probe.bf16DotProducts(iterations: 2_000_000, on: pool) ?? 0
      default: operations = probe.dotProducts(iterations: 2_000_000, on: pool)
      }
    }
    return operations / time / 1e9
  }

  private func report(
    _ copies: WeightCopies, _ tokens: Int, _ pool: ThreadPool, _ kernel: Samples,
    _ ceiling: Samples
  ) {
    let share = kernel.median / ceiling.median
    print(
      copies.format.id, pool.threads, copies.rows, copies.columns, tokens, "|", short(share), "|",
      short(kernel.median), "|", short(ceiling.median), "| kernel", kernel.text, "| probe",
      ceiling.text, "|", copies.pages)
  }
}
