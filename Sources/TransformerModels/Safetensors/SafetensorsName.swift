/// What a tensor's name in a Hugging Face checkpoint says.
///
/// Names are paths: `model.layers.3.mlp.experts.7.gate_proj.weight`. The layer is the number after
/// `layers` or `h`; what follows names the module; quantizers replace or follow `weight`.
struct SafetensorsName {
  let roles: [TensorRole]
  let layer: Int?
  let isBias: Bool
  /// Whether it is a scale, zero point, index or lookup table of a quantized matrix.
  let isAuxiliary: Bool

  init(_ name: String) {
    var path = name.split(separator: ".", omittingEmptySubsequences: true).map(String.init)
    let kind = Self.takeKind(&path)
    isBias = kind == .bias
    isAuxiliary = kind == .auxiliary
    guard !path.contains(where: Self.otherTowers.contains) else {
      roles = []
      layer = nil
      return
    }
    if let (index, number) = Self.layer(of: path) {
      layer = number
      roles = Self.blockRoles(Array(path[(index + 1)...]))
    } else {
      layer = nil
      roles = Self.outerRoles(path)
    }
  }

  private enum Kind { case weight, bias, auxiliary }

  /// Removes what follows the module's name.
  private static func takeKind(_ path: inout [String]) -> Kind {
    // bitsandbytes: weight.absmax, weight.quant_state.bitsandbytes__nf4.
    if let weight = path.lastIndex(of: "weight"), weight > 0 {
      let isLast = weight == path.count - 1
      path.removeSubrange(weight...)
      return isLast ? .weight : .auxiliary
    }
    guard let last = path.last else { return .weight }
    if matrixEndings.contains(last) || auxiliaryEndings.contains(last) || last == "bias" {
      path.removeLast()
      return last == "bias" ? .bias : matrixEndings.contains(last) ? .weight : .auxiliary
    }
    // gpt-oss: mlp.experts.gate_up_proj_blocks, _scales and _bias; DeepSeek-V3's router bias.
    for (ending, kind) in [("_blocks", Kind.weight), ("_scales", .auxiliary), ("_bias", .bias)]
    where last.hasSuffix(ending) {
      path[path.count - 1] = String(last.dropLast(ending.count))
      return kind
    }
    return .weight
  }

  private static let matrixEndings: Set<String> = ["qweight", "weight_packed"]
  private static let auxiliaryEndings: Set<String> = [
    "qzeros", "scales", "g_idx", "weight_scale", "weight_scale_inv", "weight_scale_2",
    "weight_zero_point", "weight_shape", "weight_g_idx", "input_scale", "SCB", "weight_format",
  ]
  private static let otherTowers: Set<String> = [
    "vision_tower", "vision_model", "visual", "multi_modal_projector", "audio_tower",
    "vision_embed_tokens", "encoder",
  ]
  private static let layerLists: Set<String> = ["layers", "h", "blocks"]

  private static func layer(of path: [String]) -> (index: Int, number: Int)? {
    for (index, component) in path.enumerated().dropFirst()
    where layerLists.contains(path[index - 1]) {
      if let number = Int(component) { return (index, number) }
    }
    return nil
  }

  private static func outerRoles(_ path: [String]) -> [TensorRole] {
    path.reversed().lazy.compactMap { outer[$0] }.first.map { [$0] } ?? []
  }

  private static func blockRoles(_ path: [String]) -> [TensorRole] {
    let modules = path.filter { Int($0) == nil }
    guard let leaf = modules.last else { return [] }
    let parents = modules.dropLast()
    if parents.contains("experts") { return expert[leaf] ?? [] }
    if parents.contains(where: { $0.hasPrefix("shared_expert") || $0 == "shared_mlp" }) {
      return shared[leaf] ?? []
    }
    // Qwen 1 calls the gate w2, where Mixtral, InternLM2 and Llama's own files call it w1.
    if parents.last == "mlp", let role = qwen1[leaf] { return [role] }
    if parents.last?.contains("att") == true || parents.contains("mixer") {
      return attention[leaf] ?? []
    }
    return block[leaf] ?? []
  }
}
