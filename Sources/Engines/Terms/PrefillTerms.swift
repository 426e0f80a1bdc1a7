/// The terms of a prefill.
///
/// Matrix units run at a share of their fastest rate or at what the power limit allows; weights are
/// read and unpacked once; scores of an attention that is not fused cross memory.
struct PrefillTerms {
  let device: DeviceTraits
  let engine: EngineSetting
  let precision: PrecisionTraits

  var groups: [TermGroup] {
    let dated = engine.dated
    let weights = precision.kernel == .float ? "float" : "quantized"
    let variant = engine.variant.isEmpty ? [] : ["matrix.variant:\(engine.variant)"]
    var matrix = [
      TermComponent(
        quantity: .linearOperations, unit: 1 / device.matrixRate,
        effects: [
          "matrix", "matrix.engine:\(dated)", "matrix.kernel:\(weights)-\(dated)",
          "matrix.architecture:\(device.architecture)",
          "matrix.kernel-architecture:\(weights)-\(device.architecture)",
          "matrix.vendor:\(device.vendor)",
        ] + variant)
    ]
    if device.boardPower > 0 {
      // 1 pJ for each operation is the unit; effects say how many.
      matrix.append(
        TermComponent(
          quantity: .linearOperations, unit: 1e-12 / device.boardPower,
          effects: [
            "power", "power.architecture:\(device.architecture)",
            "power.kernel:\(weights)-\(dated)",
          ]))
    }
    return [
      TermGroup(overlap: 2, components: matrix),
      single(
        .scoreBytes, 1 / device.bandwidth,
        ["scores", "scores.engine:\(dated)", "scores.vendor:\(device.vendor)"] + flash("scores")),
      single(.weightBytes, 1 / device.bandwidth, ["weights", "weights.engine:\(dated)"]),
      single(
        .attentionOperations, 1 / device.matrixRate,
        [
          "attention", "attention.engine:\(dated)",
          "attention.architecture:\(device.architecture)", "attention.vendor:\(device.vendor)",
        ] + flash("attention")),
      single(.layers, 1e-5, ["launch", "launch.engine:\(dated)"]),
      single(
        .activationBytes, 1 / device.bandwidth, ["activations", "activations.engine:\(dated)"]),
    ]
  }

  private func single(_ quantity: Quantity, _ unit: Double, _ effects: [String]) -> TermGroup {
    TermGroup(components: [TermComponent(quantity: quantity, unit: unit, effects: effects)])
  }

  private func flash(_ term: String) -> [String] {
    engine.flashAttention == true ? ["\(term).flash:on"] : []
  }
}
