import BenchmarkSuites
import CommandLineKit
import HardwareProfiles
import Roofline

/// Predicts the time of cases of one kind.
protocol Predicting<Case> {
  associatedtype Case
  /// The time in seconds; `nil` where there is no prediction.
  func seconds(for item: Case) -> Double?
}

/// Predicts measured kernels from a calibrated profile; what was measured of the case is not used.
struct KernelPredictions: Predicting {
  private let predictor: KernelPredictor

  /// - Throws: `CommandFailure` if the profile was not calibrated.
  init(_ profile: HardwareProfile) throws {
    guard let predictor = KernelPredictor(profile) else {
      throw CommandFailure(
        "device \(profile.id) has no kernel figures; 'ridgeline calibrate' measures them and"
          + " writes a profile")
    }
    self.predictor = predictor
  }

  func seconds(for item: KernelResult) -> Double? {
    guard let timing = item.timing else { return nil }
    let what = item.kernelCase
    return predictor.seconds(
      for: KernelWork(
        format: what.format, isa: what.isa, rows: what.rows, columns: what.columns,
        tokens: what.tokens, threads: what.threads, weightBytes: Double(timing.weightBytes),
        isFromMemory: what.placement == .memory))
  }
}
