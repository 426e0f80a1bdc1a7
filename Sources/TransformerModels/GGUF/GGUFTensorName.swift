/// What a tensor's name in a GGUF file says: `blk.<layer>.<stem>[.<expert>].<weight|bias|scale>`.
///
/// Source of the names: gguf-py's `constants.py`.
struct GGUFTensorName {
  enum Part { case weight, bias, scale }

  let roles: [TensorRole]
  let layer: Int?
  let part: Part
  /// The name without layer, expert and part.
  let stem: String

  init(_ name: String) {
    var fields = name.split(separator: ".", omittingEmptySubsequences: false)[...]
    part =
      switch fields.last {
      case "bias": .bias
      case "scale", "input_scale": .scale
      default: .weight
      }
    if ["weight", "bias", "scale", "input_scale"].contains(fields.last ?? "") {
      fields.removeLast()
    }
    layer = fields.first == "blk" ? fields.dropFirst().first.flatMap { Int($0) } : nil
    if layer != nil { fields.removeFirst(2) }
    // Mixtral files of 2023 keep every expert by itself: blk.0.ffn_gate.7.weight.
    let isExpert = fields.count == 2 && fields.last.flatMap { Int($0) } != nil
    if isExpert { fields.removeLast() }
    stem = fields.joined(separator: ".") + (isExpert ? "_exps" : "")
    roles = (layer == nil ? Self.outer[stem] : Self.block[stem]) ?? []
  }

  private static let outer: [String: [TensorRole]] = [
    "token_embd": [.tokenEmbedding], "position_embd": [.positionEmbedding],
    "token_embd_norm": [.embeddingNorm], "output_norm": [.outputNorm], "output": [.outputHead],
  ]

  private static let block: [String: [TensorRole]] = [
    "attn_norm": [.attentionNorm], "attn_norm_2": [.feedForwardNorm],
    "attn_q": [.query], "attn_k": [.key], "attn_v": [.value], "attn_qkv": [.query, .key, .value],
    "attn_output": [.attentionOutput], "attn_sinks": [.attentionSinks],
    "attn_q_norm": [.queryNorm], "attn_k_norm": [.keyNorm],
    "attn_q_a": [.latentQueryDown], "attn_q_b": [.latentQueryUp],
    "attn_q_a_norm": [.latentQueryNorm], "attn_kv_a_mqa": [.latentKeyValueDown],
    "attn_kv_b": [.latentKeyValueUp], "attn_k_b": [.latentKeyValueUp],
    "attn_v_b": [.latentKeyValueUp], "attn_kv_a_norm": [.latentKeyValueNorm],
    "attn_output_norm": [.attentionPostNorm], "post_attention_norm": [.attentionPostNorm],
    "ffn_norm": [.feedForwardNorm], "post_ffw_norm": [.feedForwardPostNorm],
    "layer_output_norm": [.feedForwardPostNorm],
    "ffn_gate": [.gate], "ffn_up": [.up], "ffn_down": [.down], "ffn_gate_up": [.gate, .up],
    "ffn_gate_inp": [.router], "exp_probs_b": [.router],
    "ffn_gate_exps": [.expertGate], "ffn_up_exps": [.expertUp], "ffn_down_exps": [.expertDown],
    "ffn_gate_up_exps": [.expertGate, .expertUp],
    "ffn_gate_shexp": [.sharedExpertGate], "ffn_up_shexp": [.sharedExpertUp],
    "ffn_down_shexp": [.sharedExpertDown], "ffn_gate_inp_shexp": [.sharedExpertRouter],
  ]
}
