public import Units

/// How fast something goes, and what limits it.
public struct Speed: Hashable, Sendable {
  /// The time of the phase: a whole prefill, or one decode step.
  public let seconds: Seconds
  /// Tokens per second over all sequences of the batch.
  public let tokensPerSecond: Double
  /// What limits it.
  public let limit: Limit

  init(seconds: Double, tokens: Double, limit: Limit) {
    self.seconds = Seconds(seconds)
    tokensPerSecond = seconds > 0 ? tokens / seconds : .infinity
    self.limit = limit
  }
}

/// The estimate of one phase.
public struct PhaseEstimate: Sendable {
  /// The pass that was priced.
  public let pass: Pass
  /// Its counts, over all devices.
  public let cost: PassCost
  /// Compulsory traffic at theoretical bandwidth.
  public let memoryTime: Seconds
  /// Matrix operations at the fastest datasheet rates; `nil` where the device has no rate.
  public let computeTime: Seconds?
  /// Traffic over links between devices; zero for one device.
  public let linkTime: Seconds
  /// The speed of light: the larger of the times, which no honest measurement beats.
  public let bound: Speed
  /// The sum over operations of the larger of their times.
  public let roofline: Speed
}

/// What occupies memory, on the fullest device.
public struct MemoryFootprint: Hashable, Sendable {
  /// Weights.
  public let weights: Bytes
  /// Keys and values of all sequences at the end of the workload.
  public let cache: Bytes
  /// The largest set of activations alive together.
  public let activations: Bytes
  /// What an engine takes besides: context, graphs, work space; zero for the hardware alone.
  public var overhead: Bytes = .zero
  /// What the device can hold; `nil` if unknown.
  public let capacity: Bytes?

  /// Everything together.
  public var total: Bytes { weights + cache + activations + overhead }

  /// Whether it fits; `nil` if the capacity is unknown.
  public var fits: Bool? { capacity.map { total <= $0 } }

  /// What is left, negative if it does not fit; `nil` if the capacity is unknown.
  public var spare: Bytes? { capacity.map { $0 - total } }
}

/// The estimate of a workload on a device.
public struct Estimate: Sendable {
  /// The workload.
  public let workload: Workload
  /// What occupies memory.
  public let memory: MemoryFootprint
  /// Reading the prompt; `nil` without one.
  public let prefill: PhaseEstimate?
  /// One decode step; `nil` where nothing is generated.
  public let decode: PhaseEstimate?
  /// The batch at which the weights' compute time meets their memory time; `nil` where unknown.
  public let criticalBatch: Double?
}

extension Estimate {
  /// The same with an engine's own memory counted.
  public func adding(overhead: Bytes) -> Estimate {
    var memory = memory
    memory.overhead += overhead
    return Estimate(
      workload: workload, memory: memory, prefill: prefill, decode: decode,
      criticalBatch: criticalBatch)
  }
}
