/// The terms of a decode step on a CPU, and what those of a prefill share with them.
///
/// Memory gives what a kernel was measured to read, or the class's share of the theoretical
/// bandwidth. A core draws so much of it and then unpacks so many weights per clock, one after the
/// other; cores together overlap with memory until it saturates (the execution-cache-memory model of
/// Hager, Treibig, Habich and Wellein, 2012). Layers cost a barrier that grows with the threads.
struct CPUTerms {
  let device: DeviceTraits
  let engine: EngineSetting
  let precision: PrecisionTraits
  let threads: Double
  let isNUMAImpaired: Bool

  init(
    device: DeviceTraits, engine: EngineSetting, precision: PrecisionTraits, threads: Int?,
    isNUMAImpaired: Bool
  ) {
    self.device = device
    self.engine = engine
    self.precision = precision
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

  var kind: String { Self.kind(of: device) }

  var simd: String {
    switch kind {
    case "apple", "cortex": return kind
    default:
      if device.architecture.hasPrefix("neoverse") || device.architecture == "oryon" {
        return "neoverse"
      }
      return ["skylake", "coffee-lake", "zen3"].contains(device.architecture) ? "avx2" : "avx512"
    }
  }

  /// Whether rows are interleaved when the model is loaded, so that one load serves several.
  ///
  /// llama.cpp does since 2025 where it has kernels for the format; ik_llama.cpp does for all formats
  /// when asked to.
  var isInterleaved: Bool {
    if engine.repacksWeights { return true }
    guard engine.key == "cpu-llama.cpp", engine.era == "2025" else { return false }
    return ["q4_0", "iq4_nl"].contains(precision.id) || precision.base == "q4_k"
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

  /// Bytes per second that all cores read.
  var readBandwidth: Double {
    device.sustainedBandwidth ?? device.bandwidth * (Self.typicalShare[kind] ?? 0.6)
  }

  /// The terms of a decode step.
  var decode: [TermGroup] {
    let bandwidth = readBandwidth
    let known = device.sustainedBandwidth == nil ? "share:\(kind)" : "measured"
    let clockedLanes = device.clock(threads: threads) * threads * 16
    return [
      TermGroup(
        overlap: 3.5,
        parts: [
          [
            TermComponent(
              quantity: .weightBytes, unit: 1 / bandwidth,
              effects: [
                "bandwidth", "bandwidth.\(known)", "bandwidth.architecture:\(device.architecture)",
              ] + numa("bandwidth"))
          ],
          [
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
              ] + (isInterleaved ? ["unpack.layout:interleaved"] : [])),
          ],
        ]),
      .single(.layers, 1e-5, ["launch", "launch.kind:\(kind)"]),
      .single(.layers, 1e-6 * threads, ["barrier", "barrier.kind:\(kind)"]),
      .single(.cacheBytes, 1 / bandwidth, ["cache", "cache.engine:\(engine.key)"]),
      .single(
        .attentionOperations, 0.5 / clockedLanes,
        ["attention", "attention.engine:\(engine.key)\(engine.variant)"]),
      .single(.batchOperations, 0.5 / clockedLanes, ["batch"]),
    ]
  }

  /// The effect of bad placement of memory on `term`.
  func numa(_ term: String) -> [String] { isNUMAImpaired ? ["\(term).numa:impaired"] : [] }
}
