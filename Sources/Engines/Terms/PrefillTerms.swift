/// The terms of a prefill.
///
/// Products run at a share of what the fastest unit of their kernel can do, or at what the power
/// limit allows; weights are read, and expanded where the kernel wants fp16, for each micro-batch;
/// scores of an attention that is not fused cross memory.
struct PrefillTerms {
  let device: DeviceTraits
  let engine: EngineSetting
  let precision: PrecisionTraits

  var groups: [TermGroup] {
    let dated = engine.dated
    return [
      // A board at its power limit lowers the clock until it keeps to it: the larger time counts.
      TermGroup(overlap: 4, components: products),
      .single(
        .scoreBytes, 1 / device.bandwidth,
        ["scores", "scores.engine:\(dated)", "scores.vendor:\(device.vendor)"] + flash("scores")),
      weights,
      .single(
        .attentionOperations, 1 / device.matrixRate,
        [
          "attention", "attention.engine:\(dated)",
          "attention.architecture:\(device.architecture)", "attention.vendor:\(device.vendor)",
        ] + flash("attention")),
      .single(.layers, 1e-5, ["launch", "launch.engine:\(dated)"]),
      .single(
        .activationBytes, 1 / device.bandwidth, ["activations", "activations.engine:\(dated)"]),
    ]
  }

  // MARK: Products

  private var kernel: String { precision.kernel == .float ? "float" : "quantized" }

  private var products: [TermComponent] {
    var components = [product]
    if device.powerLimit > 0 {
      // 1 pJ for each operation is the unit; effects say how many.
      components.append(
        TermComponent(
          quantity: .linearOperations, unit: 1e-12 / device.powerLimit,
          effects: [
            "power", "power.architecture:\(device.architecture)",
            "power.kernel:\(kernel)-\(engine.dated)",
          ]))
    }
    return components
  }

  /// The products at their own limit, whatever the power.
  var product: TermComponent { scalesOnLanes ? blocks : matrix }

  /// Whether blocks of integers are multiplied as they are stored, each sum scaled on the lanes.
  ///
  /// CUDA builds of llama.cpp do since mid-2024 (MMQ); older ones expand the weights to fp16 on chips
  /// with tensor cores.
  var scalesOnLanes: Bool {
    guard engine.key == "cuda", kernel == "quantized" else { return false }
    return engine.era == "2025" || !device.hasTensorCores
  }

  /// A sum over 32 products costs the lanes a conversion and two multiplications, which take longer
  /// than the matrix units: the time follows cores and clock from an A100 to an RTX 5090, not the peak.
  ///
  /// Half of that is taken to be multiplications, which an SM of an A100 or of chips before Ampere does
  /// half as many of: 19.5 TFLOP/s of fp32 against 35.6 of an RTX 3090 at fewer SMs (their datasheets).
  ///
  /// Without tensor cores the lanes multiply too, four pairs of bytes in a clock (DP4A).
  private var blocks: TermComponent {
    let clocks = (1 + device.lanes / device.multiplyAdds) / 2
    let products = device.hasTensorCores ? 0 : 1 / 8.0
    return TermComponent(
      quantity: .linearOperations, unit: (0.1 * clocks + products) / device.lanes,
      effects: ["blocks", "blocks.architecture:\(device.architecture)"])
  }

  private var matrix: TermComponent {
    if engine.variant == "rocblas" { return untunedMatrix }
    let dated = engine.dated
    let variant = engine.variant.isEmpty ? [] : ["matrix.variant:\(engine.variant)"]
    // Drivers compile Vulkan's kernels, and each vendor has another extension for its matrix units.
    let driver = engine.key == "vulkan" ? ["matrix.driver:\(device.vendor)"] : []
    let share = device.matrixShare ?? Self.typicalShare
    let rate = multipliesOnLanes ? 2 * device.lanes : share * device.matrixRate
    return TermComponent(
      quantity: .linearOperations, unit: 1 / rate,
      effects: [
        "matrix", "matrix.engine:\(dated)", "matrix.kernel:\(kernel)-\(dated)",
        "matrix.architecture:\(device.architecture)",
        "matrix.kernel-architecture:\(kernel)-\(device.architecture)",
        "matrix.vendor:\(device.vendor)",
        "matrix.unpack:\(precision.kernel.rawValue)-\(dated)",
      ] + driver + variant)
  }

  /// The share of their matrix peak that GPUs reach with large products, where nobody measured one: 0.78
  /// is the median of the 17 profiles that say it.
  private static let typicalShare = 0.8

  /// rocBLAS without kernels for the chip: what its product was measured to reach, or else the share of
  /// the lanes that it reaches on the one chip where somebody measured, Strix Halo's.
  private var untunedMatrix: TermComponent {
    guard let rate = device.untunedRocBLASRate else {
      return TermComponent(
        quantity: .linearOperations, unit: 3 / (2 * device.lanes),
        effects: ["library", "library.chip:\(device.architecture)"])
    }
    return TermComponent(quantity: .linearOperations, unit: 1 / rate, effects: ["library"])
  }

  /// Whether products leave the matrix units idle and run on the lanes: through Vulkan, Intel's drivers
  /// lower cooperative matrices so badly that llama.cpp refuses them before Xe2 (its pull request
  /// 14001), and on Xe2 they gain little on Linux.
  private var multipliesOnLanes: Bool { engine.key == "vulkan" && device.vendor == "Intel" }

  // MARK: Weights

  /// Whether quantized weights are expanded to fp16 for a library's product.
  private var expands: Bool {
    kernel == "quantized" && !scalesOnLanes
      && ["cuda@2023", "cuda@2024", "hip"].contains(engine.dated)
  }

  private var weights: TermGroup {
    guard engine.isLlamaCppOnGPU else { return reading(.weightBytes) }
    guard expands else { return reading(.batchedWeightBytes) }
    return TermGroup(components: [
      TermComponent(
        quantity: .expandedBytes, unit: 1 / device.bandwidth, floor: 1, effects: ["expand"])
    ])
  }

  private func reading(_ quantity: Quantity) -> TermGroup {
    .single(quantity, 1 / device.bandwidth, ["weights", "weights.engine:\(engine.dated)"])
  }

  private func flash(_ term: String) -> [String] {
    engine.flashAttention == true ? ["\(term).flash:on"] : []
  }
}
