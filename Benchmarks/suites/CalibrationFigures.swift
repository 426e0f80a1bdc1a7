import Measurement

/// The figures of a machine that follow from the results of a calibration.
public struct CalibrationFigures: Sendable {
  /// Bytes per second read from a working set.
  public struct Read: Sendable {
    /// Threads that read.
    public let threads: Int
    /// Bytes that were read again and again.
    public let workingSetBytes: Int
    /// The median.
    public let bytesPerSecond: Double
    /// Whether the bytes came from memory.
    public let isMemory: Bool
  }

  /// The time of one more weight, or of one more activation.
  public struct Rate: Sendable {
    /// The format.
    public let format: String
    /// The instruction set.
    public let isa: String
    /// Threads.
    public let threads: Int
    /// Tokens.
    public let tokens: Int
    /// Weights per second, each with all tokens.
    public let weightsPerSecond: Double
    /// Seconds of a product with all its tokens for each column, beside those of its weights.
    public let secondsPerColumn: Double
  }

  /// The speed at which a kernel reads weights from memory.
  public struct Stream: Sendable {
    /// The format.
    public let format: String
    /// The instruction set.
    public let isa: String
    /// Threads.
    public let threads: Int
    /// Tokens.
    public let tokens: Int
    /// Bytes per second, multiplied with all tokens; the time of starting taken off.
    public let bytesPerSecond: Double
  }

  /// Read bandwidths.
  public let reads: [Read]
  /// Bandwidths that kernels reach from memory.
  public let streams: [Stream]
  /// Rates of kernels.
  public let rates: [Rate]
  /// Seconds of the smallest product by threads.
  public let dispatch: [(threads: Int, seconds: Double)]
  /// Operations per second by kind and threads, with the instruction set.
  public let peaks: [(kind: KernelResult.Ceiling.Kind, threads: Int, isa: String, rate: Double)]
  /// Results that were disturbed.
  public let unsteady: Int

  /// Derives the figures from `results`.
  public init(_ results: [KernelResult]) {
    unsteady = results.count { !$0.isSteady }
    let ceilings = results.filter { $0.kernelCase.subject == .ceilings }
    reads = ceilings.compactMap { result in
      guard let timing = result.timing, let rate = timing.ceiling(.read)?.median else { return nil }
      return Read(
        threads: result.kernelCase.threads, workingSetBytes: timing.weightBytes,
        bytesPerSecond: rate, isMemory: result.kernelCase.placement == .memory)
    }
    peaks = ceilings.flatMap { result in
      (result.timing?.ceilings ?? []).compactMap { ceiling in
        guard ceiling.kind != .read, let rate = Samples(ceiling.ratesPerSecond).median else {
          return nil
        }
        return (ceiling.kind, result.kernelCase.threads, ceiling.pattern, rate)
      }
    }
    let products = results.filter { $0.kernelCase.subject == .matmul }
    let dispatch = products.filter { $0.kernelCase.columns == 32 }.compactMap { result in
      result.timing?.samples.median.map { (threads: result.kernelCase.threads, seconds: $0) }
    }
    self.dispatch = dispatch
    let start = { (threads: Int) in dispatch.first { $0.threads == threads }?.seconds ?? 0 }
    let rates = Self.rates(
      products.filter { $0.kernelCase.columns != 32 && $0.kernelCase.placement == .resident },
      dispatchSeconds: start)
    self.rates = rates
    streams = products.filter { $0.kernelCase.placement == .memory }.compactMap { result in
      Self.stream(result, rates, dispatchSeconds: start)
    }
  }

  /// Pairs of products that differ in their rows alone.
  private static func rates(
    _ products: [KernelResult], dispatchSeconds: (_ threads: Int) -> Double
  ) -> [Rate] {
    products.compactMap { large in
      let what = large.kernelCase
      guard what.rows == CalibrationPlan.panel * CalibrationPlan.panels * what.threads,
        let small = products.first(where: { other in
          var key = other.kernelCase
          key.rows = what.rows
          return key == what && other.kernelCase.rows == CalibrationPlan.panel * what.threads
        }),
        let many = large.timing?.samples.median, let few = small.timing?.samples.median, many > few
      else { return nil }
      let more = Double((what.rows - small.kernelCase.rows) * what.columns)
      let perWeight = (many - few) / more
      let weightsOfSmall = Double(small.kernelCase.rows * what.columns)
      return Rate(
        format: what.format, isa: what.isa, threads: what.threads, tokens: what.tokens,
        weightsPerSecond: 1 / perWeight,
        secondsPerColumn: max(
          0, few - weightsOfSmall * perWeight - dispatchSeconds(what.threads))
          / Double(what.columns))
    }
  }

  /// What is left of a product's time once starting is known.
  private static func stream(
    _ result: KernelResult, _ rates: [Rate], dispatchSeconds: (_ threads: Int) -> Double
  ) -> Stream? {
    let what = result.kernelCase
    guard let timing = result.timing, let median = timing.samples.median,
      let rate = rates.first(where: {
        $0.format == what.format && $0.isa == what.isa && $0.threads == what.threads
          && $0.tokens == what.tokens
      })
    else { return nil }
    let start = dispatchSeconds(what.threads) + rate.secondsPerColumn * Double(what.columns)
    guard median > start else { return nil }
    return Stream(
      format: what.format, isa: what.isa, threads: what.threads, tokens: what.tokens,
      bytesPerSecond: Double(timing.weightBytes) / (median - start))
  }
}
