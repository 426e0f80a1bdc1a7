public import Units

/// What is known of one device: its ceilings, each with the basis and source of its number.
///
/// Whatever is not known is absent; nothing is guessed.
public struct HardwareProfile: Hashable, Sendable, Identifiable {
  /// The version of the JSON schema that this code reads and writes.
  public static let schemaVersion = 1

  /// What kind of processor it is.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// A board with its own memory.
    case gpu
    /// A GPU that shares the memory of the system.
    case integratedGPU = "integrated-gpu"
    case cpu
  }

  /// The identifier, as the vendor writes the name: `nvidia-a100-80gb-pcie`.
  public let id: String
  /// The name for people.
  public let name: String
  /// Who makes it.
  public let vendor: String
  /// What kind of processor it is.
  public let kind: Kind
  /// The class of devices it belongs to: `ampere-datacenter`, `apple-m2`, `cortex-a72`.
  public let architecture: String
  /// The year it was first sold.
  public let year: Int?
  /// The memory that holds the model.
  public let memory: Memory
  /// Dense peak rates, one for each unit and mechanism.
  public let compute: [ComputeRate]
  /// Caches; the last is the last-level cache.
  public let caches: [Cache]
  /// Links to further devices and to the host, fastest first, one direction each.
  public let links: [Link]
  /// How many cores, SMs or compute units.
  public let cores: Int?
  /// What `cores` counts: "SM", "CU", "GPU core", "core".
  public let coreKind: String?
  /// The clock in Hz at which the peaks are stated, where one clock was used.
  public let clock: Figure?
  /// The clock in Hz that the vendor of a CPU warrants for all cores, where the peaks use a higher one.
  public let baseClock: Figure?
  /// Instruction sets, in the compiler's spelling.
  public let isa: [String]
  /// The power limit in W.
  public let power: Figure?
  /// The price in US dollars when it was first sold.
  public let launchPrice: Figure?
  /// Names under which measurement tables know the device.
  public let aliases: [String]
  /// Facts that a reader of a prediction must know.
  public let notes: [String]
  /// What calibration measured of Ridgeline's own kernels; `nil` for devices that were not at hand.
  public let kernels: KernelCeilings?
}

/// A number, how it came about, and where it was read.
public struct Figure: Hashable, Sendable {
  /// How a number came about.
  public enum Basis: String, Hashable, Sendable, CaseIterable {
    /// The vendor states it.
    case datasheet
    /// Arithmetic on stated numbers; the source shows it.
    case derived
    /// Someone measured it; the source says with what.
    case measured
  }

  /// The value in base SI units.
  public let value: Double
  /// How it came about.
  public let basis: Basis
  /// Where it was read, or the arithmetic.
  public let source: String
  /// False where the source is weak and the figure deserves a second look.
  public let isVerified: Bool

  /// Describes a number.
  public init(_ value: Double, basis: Basis, source: String, isVerified: Bool = true) {
    self.value = value
    self.basis = basis
    self.source = source
    self.isVerified = isVerified
  }
}

extension HardwareProfile {
  /// The memory that holds weights and KV cache.
  public struct Memory: Hashable, Sendable {
    /// What the memory is: "HBM2e", "LPDDR5-6400".
    public let technology: String?
    /// Bytes in the largest configuration sold.
    public let capacity: Figure?
    /// Bytes of all configurations sold, ascending.
    public let capacityOptions: [Double]
    /// The share of the capacity that the device may use (Apple's working-set limit).
    public let usableFraction: Figure?
    /// The share of the capacity that check bits take where the vendor ships in-band ECC switched on;
    /// reading them takes at least the same share of the bandwidth.
    public let inBandECCFraction: Figure?
    /// Theoretical bandwidth in bytes per second, pins times rate, which no measurement exceeds.
    public let theoreticalBandwidth: Figure?
    /// Bandwidth in bytes per second that a kernel, named in the source, reached.
    public let sustainedBandwidth: Figure?
    /// Bytes per second of the fastest of many reads, which stands in for the theoretical bandwidth of a
    /// machine without a datasheet.
    public let fastestBandwidth: Figure?

    /// Which bandwidth bounds what a device can do.
    public enum BandwidthKind: String, Sendable {
      /// Pins times rate.
      case theoretical
      /// The fastest of many reads, of a calibrated machine, which has no datasheet.
      case fastest = "fastest read"
      /// What a kernel reached.
      case sustained
    }

    /// The theoretical bandwidth, or the best that is known where there is none; `nil` where nothing is.
    public var limitingBandwidth: (kind: BandwidthKind, figure: Figure)? {
      theoreticalBandwidth.map { (.theoretical, $0) } ?? fastestBandwidth.map { (.fastest, $0) }
        ?? sustainedBandwidth.map { (.sustained, $0) }
    }

    /// What in-band check bits leave of the limiting bandwidth for data, in bytes per second.
    ///
    /// The bound does not use it: ECC can be switched off, and whoever measured may have done so.
    public var dataBandwidth: Double? {
      limitingBandwidth.map { kind, figure in
        kind == .theoretical ? figure.value * (1 - (inBandECCFraction?.value ?? 0)) : figure.value
      }
    }
  }

  /// The dense peak rate of one unit for one type of operand.
  public struct ComputeRate: Hashable, Sendable {
    /// The type of the operands.
    public let unit: ComputeUnit
    /// The mechanism: "tensor core", "vector", "AMX", "SDOT".
    public let mechanism: String
    /// The type that sums: "fp32", "fp16", "int32".
    public let accumulator: String
    /// Operations per second, dense; one multiply-add is two.
    public let peak: Figure
    /// Operations per second that a matrix multiplication reached.
    public let sustained: Figure?
    /// What libraries reach that have no kernels tuned for the device.
    public let untuned: [UntunedLibrary]
  }

  /// A library that multiplies matrices on a device for which nobody tuned it.
  public struct UntunedLibrary: Hashable, Sendable {
    /// "rocBLAS".
    public let library: String
    /// Operations per second that its matrix multiplication reached at 512 columns or more.
    public let sustained: Figure
  }

  /// One cache.
  public struct Cache: Hashable, Sendable {
    /// "L2", "L3", "SLC", "Infinity Cache".
    public let level: String
    /// Bytes, all instances together.
    public let capacity: Figure
    /// Read bandwidth in bytes per second.
    public let bandwidth: Figure?
  }

  /// A link to other devices or the host.
  public struct Link: Hashable, Sendable {
    /// "NVLink 3", "PCIe 4.0 x16".
    public let name: String
    /// Bytes per second in one direction.
    public let bandwidth: Figure
    /// Seconds from one device to the other for a small message.
    public let latency: Figure?
  }
}

/// The type of operand that a compute unit multiplies.
public enum ComputeUnit: String, Hashable, Sendable, CaseIterable {
  case fp32, tf32, fp16, bf16, fp8, fp4, int8, int4

  /// Whether one operation is an integer operation (OP) rather than a floating-point one (FLOP).
  public var isInteger: Bool { self == .int8 || self == .int4 }
}

extension HardwareProfile {
  /// Bytes that the device may use for a model: the capacity, or the usable share of it.
  public var usableCapacity: Bytes? {
    memory.capacity.map { usableCapacity(of: Bytes($0.value)) }
  }

  /// Bytes usable of a configuration with `capacity` bytes.
  public func usableCapacity(of capacity: Bytes) -> Bytes {
    guard let fraction = memory.usableFraction?.value else {
      return capacity * (1 - (memory.inBandECCFraction?.value ?? 0))
    }
    // macOS lets the GPU have 2/3 up to 32 GiB and 3/4 above; the profile states the share of
    // the largest configuration.
    let isSmallApple = vendor == "Apple" && capacity.gibibytes <= 32
    return capacity * (isSmallApple ? min(fraction, 2.0 / 3.0) : fraction)
  }

  /// Theoretical bandwidth.
  public var bandwidth: BytesPerSecond? {
    memory.theoreticalBandwidth.map { BytesPerSecond($0.value) }
  }

  /// The fastest rate for `unit`, any accumulator; `nil` if the device has none.
  public func fastestRate(of unit: ComputeUnit) -> ComputeRate? {
    compute.filter { $0.unit == unit }.max { $0.peak.value < $1.peak.value }
  }

  /// The cache next to memory.
  public var lastLevelCache: Cache? { caches.last }
}
