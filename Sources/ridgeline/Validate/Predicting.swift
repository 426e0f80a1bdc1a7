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

/// Whose bandwidth of memory a prediction uses.
enum MemoryState: String, CaseIterable, Sendable {
  /// What plain reads reached beside the case, where that was probed.
  case probed
  /// What they reached in calibration.
  case calibrated
}

/// Predicts measured kernels from a calibrated profile; what was measured of the case is not used, but
/// for what plain reads of memory reached beside it.
struct KernelPredictions: Predicting {
  private let predictor: KernelPredictor
  private let operations: OperationPredictor?
  private let memory: MemoryState

  /// - Throws: `CommandFailure` if the profile was not calibrated.
  init(_ profile: HardwareProfile, memory: MemoryState = .probed) throws {
    guard let predictor = KernelPredictor(profile) else {
      throw CommandFailure(
        "device \(profile.id) has no kernel figures; 'ridgeline calibrate' measures them and"
          + " writes a profile")
    }
    self.predictor = predictor
    operations = OperationPredictor(profile)
    self.memory = memory
  }

  func seconds(for item: KernelResult) -> Double? {
    guard let timing = item.timing else { return nil }
    let what = item.kernelCase
    if let heads = what.heads { return attentionSeconds(what, heads) }
    var predictor = predictor
    predictor.memoryBytesPerSecond =
      memory == .probed ? timing.memoryBytesPerSecond(of: what) : nil
    return predictor.seconds(
      for: KernelWork(
        format: what.format, isa: what.isa, rows: what.rows, columns: what.columns,
        tokens: what.tokens, threads: what.threads, weightBytes: Double(timing.weightBytes),
        isFromMemory: what.placement == .memory))
  }

  /// Keys and values are expected in memory in decode, in cache otherwise, as a pass over a model has them.
  private func attentionSeconds(_ what: KernelCase, _ heads: KernelCase.Heads) -> Double? {
    let isDecode = what.tokens == 1
    guard isDecode == (what.placement == .memory) else { return nil }
    return operations?.attention(
      AttentionWork(
        cache: what.format, isDecode: isDecode,
        size: isDecode ? Double(what.rows) : what.queryKeyPairs,
        heads: what.columns / heads.width, queriesPerKey: heads.queriesPerKey,
        width: heads.width, threads: what.threads))
  }
}
