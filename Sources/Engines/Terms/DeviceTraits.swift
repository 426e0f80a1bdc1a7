public import HardwareProfiles
import Units

/// What the terms need to know of a device: rates and the classes it belongs to.
public struct DeviceTraits: Sendable {
  let vendor: String
  var architecture: String
  /// Whether it is a CPU.
  public let isCPU: Bool
  /// Bytes per second, theoretical, less what in-band ECC takes.
  var bandwidth: Double
  /// Bytes per second that a kernel reached; `nil` where nobody measured.
  let sustainedBandwidth: Double?
  /// "GDDR6X", "HBM2e", "LPDDR5": the technology without its speed.
  let memoryChip: String
  let memoryClass: MemoryClass
  /// Lane instructions per second: cores x clock x lanes of a core.
  let lanes: Double
  /// The fastest fp16 matrix rate in operations per second, or the fp32 rate where that is higher.
  let matrixRate: Double
  /// The share of the fp16 or bf16 peak that a matrix product reached; `nil` where nobody measured.
  let matrixShare: Double?
  /// Whether it has tensor cores.
  let hasTensorCores: Bool
  /// Operations per second of fp16 products through rocBLAS without kernels for the chip; `nil` where
  /// nobody measured.
  let untunedRocBLASRate: Double?
  let cores: Double
  private let clock: Double
  /// The clock that all cores of a CPU hold together.
  private let baseClock: Double
  /// Operations per second of the fp32 lanes of all cores at the highest clock.
  private let vectorRate: Double
  /// The power limit in watts of an NVIDIA or AMD GPU; 0 for others or where it is unknown.
  let powerLimit: Double

  /// The families of memory that behave alike.
  enum MemoryClass: String, Sendable {
    case gddr, hbm, lpddr, ddr
  }

  /// Multiply-adds in fp32 per second: half of `lanes` in an A100 and in NVIDIA's chips before Ampere.
  var multiplyAdds: Double { vectorRate / 2 }

  /// Reads the traits from `profile`; `nil` without a memory bandwidth.
  public init?(_ profile: HardwareProfile) {
    guard let bandwidth = profile.memory.dataBandwidth else { return nil }
    vendor = profile.vendor
    architecture = profile.architecture
    isCPU = profile.kind == .cpu
    self.bandwidth = bandwidth
    sustainedBandwidth = profile.memory.sustainedBandwidth?.value
    memoryChip = String(
      (profile.memory.technology ?? "unknown").split(separator: "-").first ?? "unknown")
    memoryClass = Self.memoryClass(memoryChip)
    let vector = profile.fastestRate(of: .fp32)?.peak.value ?? 1e12
    let cores = Double(profile.cores ?? 1)
    self.cores = cores
    let clock = profile.clock?.value ?? 0
    self.clock = clock > 0 ? clock : 3e9
    baseClock = profile.baseClock?.value ?? self.clock
    // An Apple chip has a matrix unit for fp32, too, which no engine of the table uses.
    vectorRate =
      profile.compute.filter { $0.unit == .fp32 }.map(\.peak.value).min() ?? vector
    lanes = clock > 0 ? cores * clock * Self.lanesPerCore(profile.vendor) : vector / 2
    // Boards with a token fp16 unit multiply in fp32.
    matrixRate = max(
      (profile.fastestRate(of: .fp16) ?? profile.fastestRate(of: .bf16))?.peak.value ?? vector,
      vector)
    matrixShare = profile.compute.filter { [.fp16, .bf16].contains($0.unit) }
      .compactMap { rate in rate.sustained.map { min(1, $0.value / rate.peak.value) } }.max()
    hasTensorCores = profile.compute.contains { $0.mechanism.contains("tensor") }
    untunedRocBLASRate =
      profile.compute.filter { $0.unit == .fp16 }.flatMap(\.untuned)
      .first { $0.library == "rocBLAS" }?.sustained.value
    let hasBudget = !isCPU && ["NVIDIA", "AMD"].contains(profile.vendor)
    powerLimit = hasBudget ? profile.power?.value ?? 0 : 0
  }

  /// The clock of `threads` busy cores of a CPU: one has the highest, all have the base clock, and it
  /// falls evenly between.
  func clock(threads: Double) -> Double {
    guard cores > 1 else { return clock }
    return clock - (clock - baseClock) * min(threads - 1, cores - 1) / (cores - 1)
  }

  /// The fp32 operations per second of `threads` cores of a CPU.
  func vectorRate(threads: Double) -> Double {
    vectorRate * threads / cores * clock(threads: threads) / clock
  }

  private static func memoryClass(_ chip: String) -> MemoryClass {
    if chip.hasPrefix("GDDR") { return .gddr }
    if chip.hasPrefix("HBM") { return .hbm }
    return chip.hasPrefix("DDR") ? .ddr : .lpddr
  }

  /// Lanes that a core (SM, CU, Xe core, Apple GPU core) issues to in one clock.
  private static func lanesPerCore(_ vendor: String) -> Double { vendor == "AMD" ? 64 : 128 }
}
