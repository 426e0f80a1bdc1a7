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

  /// Bytes per second written to memory, or copied in it.
  public struct Transfer: Sendable {
    /// Which of the two.
    public let kind: KernelResult.Ceiling.Kind
    /// Threads that share the work.
    public let threads: Int
    /// Bytes that were written, or read and written.
    public let workingSetBytes: Int
    /// The median.
    public let bytesPerSecond: Double
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
    /// Seconds of a row with all tokens beside those of its weights.
    public let secondsPerRow: Double
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
    /// Bytes per second, multiplied with all tokens; the times of starting and of rows taken off.
    public let bytesPerSecond: Double
    /// Seconds of a row with all tokens beside those of its bytes.
    public let secondsPerRow: Double
    /// Bytes per second of plain reads of memory meanwhile; `nil` where nobody looked.
    public let readBytesPerSecond: Double?
  }

  /// Read bandwidths.
  public let reads: [Read]
  /// The fastest of all plain reads of memory, by threads.
  public let fastestReads: [Int: (bytesPerSecond: Double, ofReads: Int)]
  /// Bandwidths of writing and copying.
  public let transfers: [Transfer]
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
    fastestReads = Self.fastestReads(results)
    reads = ceilings.filter { $0.kernelCase.isa == "probe" }.compactMap { result in
      guard let timing = result.timing, let rate = timing.ceiling(.read)?.median else { return nil }
      return Read(
        threads: result.kernelCase.threads, workingSetBytes: timing.weightBytes,
        bytesPerSecond: rate, isMemory: result.kernelCase.placement == .memory)
    }
    peaks = ceilings.flatMap { result in
      (result.timing?.ceilings ?? []).compactMap { ceiling in
        guard ceiling.kind.isArithmetic, let rate = Samples(ceiling.ratesPerSecond).median else {
          return nil
        }
        return (ceiling.kind, result.kernelCase.threads, ceiling.pattern, rate)
      }
    }
    transfers = ceilings.flatMap { result in
      [KernelResult.Ceiling.Kind.write, .copy].compactMap { kind in
        result.timing?.ceiling(kind)?.median.map { rate in
          Transfer(
            kind: kind, threads: result.kernelCase.threads,
            workingSetBytes: result.timing?.weightBytes ?? 0, bytesPerSecond: rate)
        }
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
    let fromMemory = products.filter { $0.kernelCase.placement == .memory }
    streams = fromMemory.filter { $0.kernelCase.columns == CalibrationPlan.columns }
      .compactMap { Self.stream($0, fromMemory, rates, dispatchSeconds: start) }
  }

  private static func fastestReads(
    _ results: [KernelResult]
  ) -> [Int: (bytesPerSecond: Double, ofReads: Int)] {
    var rates: [Int: [Double]] = [:]
    for result in results where result.kernelCase.placement == .memory {
      guard let timing = result.timing else { continue }
      let reads = timing.ceilings.first { $0.kind == .read }?.ratesPerSecond ?? []
      rates[result.kernelCase.threads, default: []] += reads + timing.memoryReads
    }
    return rates.compactMapValues { rates in rates.max().map { ($0, rates.count) } }
  }

  /// Products that differ in their rows alone, and one with shorter rows.
  ///
  /// A product takes `start + columns * perColumn + rows * (perRow + columns * perWeight)`.
  private static func rates(
    _ products: [KernelResult], dispatchSeconds: (_ threads: Int) -> Double
  ) -> [Rate] {
    func median(_ what: KernelCase, rows: Int, columns: Int) -> Double? {
      products.first { other in
        var key = what
        (key.rows, key.columns) = (rows, columns)
        return other.kernelCase == key
      }?.timing?.samples.median
    }
    return products.compactMap { large in
      let what = large.kernelCase
      let fewRows = CalibrationPlan.panel * what.threads
      let columns = Double(what.columns)
      guard what.rows == fewRows * CalibrationPlan.panels(tokens: what.tokens),
        what.columns == CalibrationPlan.columns,
        let many = large.timing?.samples.median,
        let few = median(what, rows: fewRows, columns: what.columns), many > few
      else { return nil }
      let start = dispatchSeconds(what.threads)
      let row = (many - few) / Double(what.rows - fewRows)
      let perColumn = max(0, few - Double(fewRows) * row - start) / columns
      var perRow = 0.0
      if let short = median(what, rows: what.rows, columns: CalibrationPlan.fewColumns) {
        let fewColumns = Double(CalibrationPlan.fewColumns)
        let shortRow = (short - start - perColumn * fewColumns) / Double(what.rows)
        perRow = rowCost(row, columns, shortRow, fewColumns)
      }
      return Rate(
        format: what.format, isa: what.isa, threads: what.threads, tokens: what.tokens,
        weightsPerSecond: columns / (row - perRow), secondsPerRow: perRow,
        secondsPerColumn: perColumn)
    }
  }

  /// What a row costs beside its weights, from the times of a long and a short one.
  private static func rowCost(
    _ long: Double, _ columns: Double, _ short: Double, _ fewColumns: Double
  ) -> Double {
    let perWeight = (long - short) / (columns - fewColumns)
    // Noise must not make weights free, nor rows less than that.
    return min(max(0, long - columns * perWeight), long / 2)
  }

  /// What is left of a product's time once starting is known.
  private static func stream(
    _ result: KernelResult, _ products: [KernelResult], _ rates: [Rate],
    dispatchSeconds: (_ threads: Int) -> Double
  ) -> Stream? {
    let what = result.kernelCase
    guard let timing = result.timing,
      let rate = rates.first(where: {
        $0.format == what.format && $0.isa == what.isa && $0.threads == what.threads
          && $0.tokens == what.tokens
      })
    else { return nil }
    func secondsPerRow(_ result: KernelResult) -> Double? {
      guard let median = result.timing?.samples.median else { return nil }
      let start =
        dispatchSeconds(what.threads)
        + rate.secondsPerColumn * Double(result.kernelCase.columns)
      return median > start ? (median - start) / Double(result.kernelCase.rows) : nil
    }
    guard let row = secondsPerRow(result) else { return nil }
    let short = products.first { other in
      other.kernelCase.columns == CalibrationPlan.fewColumns
        && other.kernelCase.format == what.format && other.kernelCase.isa == what.isa
        && other.kernelCase.threads == what.threads && other.kernelCase.tokens == what.tokens
    }
    let perRow = short.flatMap(secondsPerRow).map {
      rowCost(row, Double(what.columns), $0, Double(CalibrationPlan.fewColumns))
    }
    let rowBytes = Double(timing.weightBytes) / Double(what.rows)
    return Stream(
      format: what.format, isa: what.isa, threads: what.threads, tokens: what.tokens,
      bytesPerSecond: rowBytes / (row - (perRow ?? 0)), secondsPerRow: perRow ?? 0,
      readBytesPerSecond: timing.memoryBytesPerSecond(of: what))
  }
}
