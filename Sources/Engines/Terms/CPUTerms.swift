/// The terms of a decode step on a CPU.
///
/// Memory gives what a kernel was measured to read, or the class's share of the theoretical
/// bandwidth; each core draws so much of it and unpacks so many weights per clock; layers cost a
/// barrier that grows with the threads.
struct CPUTerms {
  private let device: DeviceTraits
  private let engine: EngineSetting
  private let precision: PrecisionTraits
  private let threads: Double
  private let isNUMAImpaired: Bool

  init(_ terms: DecodeTerms, threads: Int?, isNUMAImpaired: Bool) {
    device = terms.device
    engine = terms.engine
    precision = terms.precision
    // Efficiency cores slow a team down: engines use the fast ones of an Apple chip, two in three.
    let useful =
      device.vendor == "Apple" && device.cores > 12 ? device.cores * 2 / 3 : device.cores
    self.threads = min(Double(threads ?? Int(useful)), useful)
    self.isNUMAImpaired = isNUMAImpaired
  }

  /// The class of a CPU by what feeds its cores.
  static func kind(of device: DeviceTraits) -> String {
    if device.vendor == "Apple" { return "apple" }
    if device.architecture.hasPrefix("cortex") { return "cortex" }
    // Many cores make a server also where a virtual machine has few of its memory channels.
    return device.bandwidth > 1.5e11 || device.cores > 24 ? "server" : "desktop"
  }

  private var kind: String { Self.kind(of: device) }

  private var simd: String {
    switch kind {
    case "apple", "cortex": return kind
    default:
      if device.architecture.hasPrefix("neoverse") || device.architecture == "oryon" {
        return "neoverse"
      }
      return ["skylake", "coffee-lake", "zen3"].contains(device.architecture) ? "avx2" : "avx512"
    }
  }

  /// The share of theoretical bandwidth that a class reads, where nobody measured it: the mean of the
  /// profiles of the class that have a measured bandwidth.
  static let typicalShare = [
    "apple": 0.49, "cortex": 0.53, "server": 0.57, "desktop": 0.67,
  ]
  /// Bytes per second that one core draws.
  private static let coreBandwidth = [
    "apple": 2.5e10, "cortex": 6e9, "server": 1e10, "desktop": 2.5e10,
  ]

  var groups: [TermGroup] {
    let share = Self.typicalShare[kind] ?? 0.6
    let bandwidth = device.sustainedBandwidth ?? device.bandwidth * share
    let known = device.sustainedBandwidth == nil ? "share:\(kind)" : "measured"
    let clockedLanes = device.clock * threads * 16
    let numa = isNUMAImpaired ? ["bandwidth.numa:impaired"] : []
    return [
      TermGroup(
        overlap: 1.5,
        components: [
          TermComponent(
            quantity: .weightBytes, unit: 1 / bandwidth,
            effects: [
              "bandwidth", "bandwidth.\(known)", "bandwidth.architecture:\(device.architecture)",
            ] + numa),
          TermComponent(
            quantity: .weightBytes, unit: 1 / ((Self.coreBandwidth[kind] ?? 1e10) * threads),
            effects: ["core", "core.kind:\(kind)"]),
          TermComponent(
            quantity: .weightsUnpacked, unit: 1 / clockedLanes,
            effects: [
              "unpack", "unpack.format:\(precision.base)", "unpack.simd:\(simd)",
              "unpack.engine:\(engine.key)",
              "unpack.format-engine:\(precision.base)-\(engine.key)",
              "unpack.architecture:\(device.architecture)",
            ]),
        ]),
      single(.layers, 1e-5, ["launch", "launch.kind:\(kind)"]),
      single(.layers, 1e-6 * threads, ["barrier", "barrier.kind:\(kind)"]),
      single(.cacheBytes, 1 / bandwidth, ["cache", "cache.engine:\(engine.key)"]),
      single(
        .attentionOperations, 0.5 / clockedLanes,
        ["attention", "attention.engine:\(engine.key)\(engine.variant)"]),
      single(.batchOperations, 0.5 / clockedLanes, ["batch"]),
    ]
  }

  private func single(_ quantity: Quantity, _ unit: Double, _ effects: [String]) -> TermGroup {
    TermGroup(components: [TermComponent(quantity: quantity, unit: unit, effects: effects)])
  }
}
