import HardwareProfiles
import Measurement
import Testing

@testable import BenchmarkSuites

/// A machine whose times follow a formula: the calibration must find the formula's numbers.
private struct MadeUpMachine {
  static let dispatchSeconds = 2e-6
  static let secondsPerActivation = 3e-10
  /// From memory, half of multiplying hides behind reading.
  static let bytesPerSecondOfMemory = 2e10

  /// Unpacking a weight and multiplying it with one token.
  static let (unpack, multiply) = (2e-11, 4e-12)

  static func seconds(_ item: KernelCase) -> Double {
    let threads = Double(item.threads)
    let start =
      dispatchSeconds + secondsPerActivation * Double(item.columns * item.tokens)
    let weights = Double(item.rows * item.columns)
    let compute = weights * (unpack + multiply * Double(item.tokens)) / threads
    guard item.placement == .memory else { return start + compute }
    return start + weights * 0.5625 / bytesPerSecondOfMemory + compute / 2
  }

  static func result(_ item: KernelCase) -> KernelResult {
    if item.subject == .ceilings {
      let rate = item.placement == .memory ? 2.5e10 : 1e11
      return KernelResult(
        kernelCase: item,
        timing: .init(
          seconds: [Double(item.rows * item.columns) / rate], productsPerRound: 1,
          weightBytes: item.rows * item.columns,
          ceilings: [
            .init(kind: .read, pattern: "made up", ratesPerSecond: [rate]),
            .init(kind: .fp32, pattern: "made up", ratesPerSecond: [7e10, 8e10, 9e10]),
            .init(kind: .copy, pattern: "made up", ratesPerSecond: [1e10, 2e10, 3e10]),
          ], pages: "", isPinned: true),
        loss: nil, advisories: [])
    }
    return KernelResult(
      kernelCase: item,
      timing: .init(
        seconds: [seconds(item)], productsPerRound: 1,
        weightBytes: Int(Double(item.rows * item.columns) * 0.5625), ceilings: [],
        memoryReads: item.placement == .memory ? [2.4e10, 2.5e10, 2.6e10] : [], pages: "",
        isPinned: true),
      loss: nil, advisories: [])
  }
}

@Suite struct CalibrationTests {
  private static let plan: CalibrationPlan = {
    var environment = EnvironmentRecord.current()
    environment.processor.logicalProcessors = 4
    environment.processor.allowedProcessors = 4
    return CalibrationPlan(for: environment, memoryBytes: 256 << 20, isQuick: false)
  }()

  private static let figures = CalibrationFigures(
    plan.cases.map(MadeUpMachine.result))

  private static func close(_ value: Double, _ expected: Double) -> Bool {
    abs(value / expected - 1) < 1e-6
  }

  @Test func `every format has rates for every thread and token count`() {
    #expect(Set(Self.figures.rates.map(\.threads)) == [1, 2, 4])
    let formats = Set(Self.figures.rates.map(\.format))
    #expect(formats.contains("q4_0") && formats.contains("q4_k"))
    let tokens = Set(Self.figures.rates.map(\.tokens))
    #expect(Self.figures.rates.count == 3 * formats.count * tokens.count)
    #expect(Self.figures.streams.count == 3 * 4 * formats.count)
  }

  @Test func `the numbers of the machine are found`() {
    for rate in Self.figures.rates {
      let weight =
        (MadeUpMachine.unpack + MadeUpMachine.multiply * Double(rate.tokens))
        / Double(rate.threads)
      #expect(Self.close(rate.weightsPerSecond, 1 / weight), "\(rate)")
      // The smallest product also has 32 activations and 512 weights, whose 1 or 2 % of its time
      // count as starting.
      let column = MadeUpMachine.secondsPerActivation * Double(rate.tokens)
      #expect(abs(rate.secondsPerColumn / column - 1) < 0.03, "\(rate)")
    }
    for stream in Self.figures.streams {
      let multiply =
        (MadeUpMachine.unpack + MadeUpMachine.multiply * Double(stream.tokens))
        / Double(stream.threads) / 0.5625
      let byte = 1 / MadeUpMachine.bytesPerSecondOfMemory + multiply / 2
      #expect(abs(stream.bytesPerSecond * byte - 1) < 0.02)
      #expect(stream.readBytesPerSecond == 2.5e10)
    }
    for dispatch in Self.figures.dispatch {
      #expect(abs(dispatch.seconds / MadeUpMachine.dispatchSeconds - 1) < 0.02)
    }
    #expect(
      Self.figures.transfers.allSatisfy { $0.kind == .copy && $0.bytesPerSecond == 2e10 })
    #expect(Self.figures.transfers.count == Self.plan.cases.count { $0.subject == .ceilings })
    // Peaks of lower instruction sets are no read bandwidths.
    #expect(
      Self.figures.reads.count == Self.plan.cases.count { $0.isa == "probe" })
    #expect(Self.figures.fastestReads[4]?.bytesPerSecond == 2.6e10)
    #expect(Self.figures.peaks.allSatisfy { $0.kind == .fp32 && $0.rate == 8e10 })
    #expect(
      Self.figures.reads.filter(\.isMemory).map(\.bytesPerSecond) == [2.5e10, 2.5e10, 2.5e10])
  }
}
