public import Units

/// What limits an operation or a phase.
public enum Limit: String, Hashable, Sendable, CaseIterable {
  /// Moving bytes between memory and the device.
  case memory
  /// Multiplying.
  case compute
  /// Anything else: links between devices, and for engines launches and the host.
  case overhead
}

/// One operation of a pass on a device: counts, time, and what limits it.
public struct OperationCost: Sendable {
  /// What it does.
  public let kind: OperationKind
  /// How many layers do the same; counts and times are for all of them.
  public let repeats: Double
  /// Which layers are alike, counted from 0; empty outside the blocks.
  public let layers: [Int]
  /// Operations (FLOP, or OP for integer units).
  public let operations: OperationCount
  /// The unit that does them: "int8", "fp16"; `nil` if the device has no rate for it.
  public let unit: String?
  /// Weight bytes read.
  public let weights: Bytes
  /// Keys and values read or written.
  public let cache: Bytes
  /// Activations read and written.
  public let activations: Bytes
  /// The larger of the times for operations and for bytes.
  public let seconds: Seconds
  /// Which of the two is larger.
  public let limit: Limit

  /// All bytes.
  public var traffic: Bytes { weights + cache + activations }

  /// Operations per byte.
  public var intensity: Double { traffic.count > 0 ? operations / traffic : 0 }
}
