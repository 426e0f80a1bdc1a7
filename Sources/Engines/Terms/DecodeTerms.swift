/// The terms of a decode step on a GPU.
///
/// Weights stream at a class's share of bandwidth while the lanes unpack them; each layer costs
/// launches, more on wide chips; keys and values stream, and an attention that is not parallel over
/// tokens walks them; several tokens at once add products.
struct DecodeTerms {
  let device: DeviceTraits
  let engine: EngineSetting
  let precision: PrecisionTraits

  /// The groups of llama.cpp.
  var llamaCpp: [TermGroup] {
    let memory = "\(device.memoryClass.rawValue)-\(engine.key)"
    let kernel = precision.kernel.rawValue
    let dated = engine.dated
    return [
      TermGroup(
        overlap: engine.key == "metal" ? 4 : 1.5,
        parts: [
          [
            weights(
              ["bandwidth.memory:\(memory)", "bandwidth.chip:\(device.memoryChip)"])
          ],
          [
            unpacking([
              "unpack.engine:\(kernel)-\(dated)", "unpack.architecture:\(device.architecture)",
              "unpack.kernel-architecture:\(kernel)-\(device.architecture)",
            ]), columns,
          ],
        ]),
      launches([
        "launch.engine:\(engine.key)", "launch.era:\(dated)",
        "launch.architecture:\(device.architecture)",
      ]),
      .single(.layers, 1e-6 * device.cores, ["width", "width.engine:\(engine.key)"]),
      cache,
      .single(
        .attentionOperations, 0.5 / device.lanes,
        [
          "attention", "attention.engine:\(dated)",
          "attention.architecture:\(device.architecture)",
        ] + flash("attention")),
      walk, products,
    ]
  }

  /// The groups of other engines with fused kernels.
  var fused: [TermGroup] {
    let dated = engine.dated + engine.variant
    return [
      TermGroup(
        overlap: 2,
        components: [
          weights([
            "bandwidth.memory:\(device.memoryClass.rawValue)-\(device.vendor)",
            "bandwidth.engine:\(dated)",
          ]),
          unpacking(["unpack.engine:\(dated)", "unpack.architecture:\(device.architecture)"]),
        ]),
      launches([
        "launch.engine:\(dated)", "launch.architecture:\(device.architecture)",
        "launch.memory:\(device.memoryClass.rawValue)",
      ]),
      cache, walk, batch,
    ]
  }

  /// Python launches the next operation while the device works: the slower of the two shows.
  ///
  /// What the host needs has nothing to do with the device.
  var eager: [TermGroup] {
    let kernel = precision.kernel.rawValue
    return [
      TermGroup(
        overlap: 4,
        components: [
          weights(["bandwidth.memory:\(device.memoryClass.rawValue)-\(device.vendor)"]),
          unpacking(["unpack.engine:\(kernel)-\(engine.key)"]),
          TermComponent(
            quantity: .layers, unit: 1e-6,
            effects: [
              "host", "host.kernel:\(kernel)", "host.variant:\(engine.variant)",
            ]),
        ]),
      cache, walk, batch,
    ]
  }

  // MARK: Parts

  private func weights(_ effects: [String]) -> TermComponent {
    TermComponent(
      quantity: .weightBytes, unit: 1 / device.bandwidth, floor: 1,
      effects: ["bandwidth"] + effects + ["bandwidth.architecture:\(device.architecture)"])
  }

  private func unpacking(_ effects: [String]) -> TermComponent {
    TermComponent(
      quantity: .weightsUnpacked, unit: 1 / device.lanes,
      effects: ["unpack:\(precision.kernel.rawValue)", "unpack.format:\(precision.id)"] + effects)
  }

  private func launches(_ effects: [String]) -> TermGroup {
    .single(.layers, 1e-6, ["launch"] + effects)
  }

  private var cache: TermGroup {
    TermGroup(components: [
      TermComponent(
        quantity: .cacheBytes, unit: 1 / device.bandwidth, floor: 1,
        effects: ["cache", "cache.engine:\(engine.dated)"] + flash("cache"))
    ])
  }

  private var walk: TermGroup {
    .single(.layerTokens, 1e-9, ["walk", "walk.engine:\(engine.dated)"] + flash("walk"))
  }

  private var product: String { precision.kernel == .float ? "float" : "quantized" }

  /// Up to eight tokens llama.cpp multiplies in kernels made for vectors, whose lanes take a column each
  /// once a weight is unpacked; small tiles of the products for more tokens keep that cost.
  private var columns: TermComponent {
    TermComponent(
      quantity: .extraColumns, unit: 1 / device.lanes,
      effects: [
        "columns", "columns.kernel:\(product)-\(engine.key)",
        "columns.architecture:\(device.architecture)",
      ])
  }

  /// Each further token adds the products of llama.cpp's prefill.
  private var products: TermGroup {
    let prefill = PrefillTerms(device: device, engine: engine, precision: precision)
    let name = prefill.scalesOnLanes ? "blocks" : "products"
    return .single(
      .batchOperations, prefill.product.unit,
      [
        name, "\(name).kernel:\(product)-\(engine.key)",
        "\(name).architecture:\(device.architecture)",
      ])
  }

  /// Nothing is known of batches beyond what matrix units can do at half their rate.
  private var batch: TermGroup {
    TermGroup(components: [
      TermComponent(
        quantity: .batchOperations, unit: 1 / device.matrixRate, floor: 1, effects: ["batch"])
    ])
  }

  private func flash(_ term: String) -> [String] {
    switch engine.flashAttention {
    case true?: ["\(term).flash:on"]
    case false?: ["\(term).flash:off"]
    case nil: []
    }
  }
}
