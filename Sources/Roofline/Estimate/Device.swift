public import HardwareProfiles
public import QuantizationFormats
public import Units

/// A device, or several alike, as the estimator sees it for one precision: a few rates.
public struct Device: Sendable {
  /// The unit that multiplies, and its rates.
  public struct Unit: Sendable {
    /// The type of its operands.
    public let unit: ComputeUnit
    /// The mechanism of the fastest rate, such as "tensor core".
    public let mechanism: String
    /// The fastest datasheet rate, whatever it accumulates in: no kernel beats it.
    public let fastest: OperationsPerSecond
    /// The fastest rate with an fp32 or int32 accumulator, which most kernels use.
    public let wideAccumulator: OperationsPerSecond
  }

  /// The profile.
  public let profile: HardwareProfile
  /// Theoretical memory bandwidth, or the best that is known of a profile that has none.
  public let bandwidth: BytesPerSecond
  /// Which it is.
  public let bandwidthKind: HardwareProfile.Memory.BandwidthKind
  /// What multiplies weights; `nil` where the profile has no rate for any lawful unit.
  public let linear: Unit?
  /// What multiplies queries, keys and values.
  public let attention: Unit?
  /// What does norms, activations and sums.
  public let vector: Unit?
  /// What multiplies gradients: floating point whatever the weights are.
  public let gradient: Unit?
  /// Units that the precision asks for, for a message where the device has none.
  public let wantedUnits: [ComputeUnit]
  /// Bytes usable for a model; `nil` if the capacity is unknown.
  public let capacity: Bytes?

  /// Bytes of the last-level cache; 0 if there is none or its size is unknown.
  public let cacheBytes: Double
  /// Bytes per second that the last-level cache delivers; `nil` if unknown.
  public let cacheBandwidth: Double?

  /// Resolves `profile` for `precision`.
  ///
  /// - Parameters:
  ///   - profile: What is known of the device.
  ///   - precision: What is to be multiplied, which decides the units.
  ///   - threads: CPU cores in use; scales compute rates of a CPU down to `threads / cores`.
  ///   - memory: the size of the memory where the device is sold with several.
  /// - Throws: `DeviceError` if the profile has no memory bandwidth, or `threads` is impossible.
  public init(
    _ profile: HardwareProfile, precision: Precision, threads: Int? = nil, memory: Bytes? = nil
  ) throws(DeviceError) {
    guard let (kind, figure) = profile.memory.limitingBandwidth else {
      throw DeviceError(
        device: profile.id, problem: "has no memory bandwidth; add it to the profile")
    }
    let share = try Self.share(of: profile, threads: threads)
    self.profile = profile
    bandwidth = BytesPerSecond(figure.value)
    bandwidthKind = kind
    wantedUnits = precision.arithmetic.lawfulUnits(on: profile)
    linear = Self.unit(wantedUnits, on: profile, share: share)
    attention = Self.unit(
      precision.arithmetic.lawfulAttentionUnits(cache: precision.kvCache, on: profile),
      on: profile, share: share)
    vector = Self.unit([.fp32], on: profile, share: share)
    gradient = Self.unit([.fp16, .bf16, .fp32], on: profile, share: share)
    capacity = memory.map(profile.usableCapacity(of:)) ?? profile.usableCapacity
    cacheBytes = profile.lastLevelCache?.capacity.value ?? 0
    cacheBandwidth = profile.lastLevelCache?.bandwidth?.value
  }

  private static func share(
    of profile: HardwareProfile, threads: Int?
  ) throws(DeviceError) -> Double {
    guard let threads else { return 1 }
    guard threads >= 1 else {
      throw DeviceError(device: profile.id, problem: "--threads \(threads): must be at least 1")
    }
    guard profile.kind == .cpu, let cores = profile.cores else { return 1 }
    return min(1, Double(threads) / Double(cores))
  }

  private static func unit(
    _ units: [ComputeUnit], on profile: HardwareProfile, share: Double
  ) -> Unit? {
    let rates = profile.compute.filter { units.contains($0.unit) }
    guard let fastest = rates.max(by: { $0.peak.value < $1.peak.value }) else { return nil }
    let wide = rates.filter { $0.accumulator != "fp16" && $0.unit == fastest.unit }
      .max { $0.peak.value < $1.peak.value }
    return Unit(
      unit: fastest.unit, mechanism: fastest.mechanism,
      fastest: OperationsPerSecond(fastest.peak.value * share),
      wideAccumulator: OperationsPerSecond((wide ?? fastest).peak.value * share))
  }

  /// The time in seconds that moving `bytes` takes at least.
  ///
  /// Weights and cache that fit the last-level cache do not move at DRAM speed. A stream up to
  /// twice the cache may keep a cacheful from one step to the next; the share fades to nothing at
  /// eight times, where even a perfect cache would save an eighth and a least-recently-used one
  /// saves nothing of a cyclic stream.
  @inline(__always)
  func memorySeconds(_ bytes: Double) -> Double {
    guard bytes < 8 * cacheBytes else { return bytes / bandwidth.value }
    let kept = cacheBytes * min(1, (8 * cacheBytes - bytes) / (6 * cacheBytes))
    let fromMemory = max(0, bytes - kept) / bandwidth.value
    guard let cacheBandwidth else { return fromMemory }
    return max(fromMemory, bytes / cacheBandwidth)
  }
}

/// A device that cannot be used as asked.
public struct DeviceError: Error, Hashable, CustomStringConvertible {
  /// The identifier of the device.
  public let device: String
  /// What is wrong and the remedy.
  public let problem: String

  /// Where, what and the remedy.
  public var description: String { "device \(device): \(problem)" }
}
