import CommandLineKit
import Engines
import HardwareProfiles
import QuantizationFormats

/// Which engine to expect, from `--engine ID[@YYYY-MM]`.
struct EngineSelection {
  /// The name of the hardware alone, without any engine's losses.
  static let roofline = "roofline"
  static let rooflineSummary =
    "limits of the hardware alone, without engine losses: a bound and a per-operation roofline"

  /// As in the catalog; `nil` leaves the choice to device and precision.
  private let id: String?
  private let month: String?
  private let flashAttention: Bool?

  /// Reads the option; `nil` chooses by device and precision.
  ///
  /// - Throws: `UsageError` with the nearest names for an unknown engine.
  init(_ text: String?, flashAttention: OnOff? = nil) throws {
    self.flashAttention = flashAttention.map { $0 == .on }
    guard let text else {
      id = nil
      month = nil
      return
    }
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard name == Self.roofline || EngineCatalog.ids.contains(name) else {
      throw UsageError(
        "unknown engine '\(name)'\(didYouMean(name, in: EngineCatalog.ids + [Self.roofline]));"
          + " 'ridgeline list engines' shows all")
    }
    id = name
    month = parts.count == 2 ? String(parts[1]) : nil
  }

  /// The engine and how it runs on `profile`; `nil` for the hardware alone.
  ///
  /// - Throws: `UsageError` where an engine that was asked for cannot run there.
  func engine(
    for profile: HardwareProfile, _ precision: Precision
  ) throws -> (engine: Engine, setting: EngineSetting)? {
    guard id != Self.roofline else { return nil }
    let name = id ?? Engine.usual(for: profile, precision)
    guard let engine = try EngineCatalog.engine(name) else { return nil }
    do {
      return (
        engine, try engine.setting(for: profile, month: month, flashAttention: flashAttention)
      )
    } catch {
      guard id == nil else { throw UsageError("\(error)") }
      return nil
    }
  }
}

/// A switch with both positions spelled out.
enum OnOff: String, CaseIterable {
  case on, off
}
