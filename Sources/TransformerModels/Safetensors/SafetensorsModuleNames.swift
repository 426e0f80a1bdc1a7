/// The modules of Hugging Face checkpoints, by the last part of their path.
///
/// Source of the names: gguf-py's `tensor_mapping.py`.
extension SafetensorsName {
  static let outer: [String: TensorRole] = [
    "embed_tokens": .tokenEmbedding, "wte": .tokenEmbedding, "word_embeddings": .tokenEmbedding,
    "embed_in": .tokenEmbedding, "tok_embeddings": .tokenEmbedding,
    "embed_positions": .positionEmbedding, "wpe": .positionEmbedding,
    "word_embeddings_layernorm": .embeddingNorm,
    "project_in": .embeddingProjectionIn, "project_out": .embeddingProjectionOut,
    "norm": .outputNorm, "ln_f": .outputNorm, "norm_f": .outputNorm,
    "final_layernorm": .outputNorm, "final_layer_norm": .outputNorm,
    "lm_head": .outputHead, "embed_out": .outputHead, "output": .outputHead,
  ]

  static let attention: [String: [TensorRole]] = [
    "q_proj": [.query], "wq": [.query], "query": [.query],
    "k_proj": [.key], "wk": [.key], "key": [.key],
    "v_proj": [.value], "wv": [.value], "value": [.value],
    "qkv_proj": [.query, .key, .value], "query_key_value": [.query, .key, .value],
    "Wqkv": [.query, .key, .value], "wqkv": [.query, .key, .value],
    "c_attn": [.query, .key, .value], "W_pack": [.query, .key, .value],
    "o_proj": [.attentionOutput], "out_proj": [.attentionOutput], "dense": [.attentionOutput],
    "wo": [.attentionOutput], "c_proj": [.attentionOutput],
    "q_norm": [.queryNorm], "q_layernorm": [.queryNorm], "q_ln": [.queryNorm],
    "k_norm": [.keyNorm], "k_layernorm": [.keyNorm], "k_ln": [.keyNorm],
    "sinks": [.attentionSinks],
    "q_a_proj": [.latentQueryDown], "q_a_layernorm": [.latentQueryNorm],
    "q_b_proj": [.latentQueryUp], "kv_a_proj_with_mqa": [.latentKeyValueDown],
    "kv_a_layernorm": [.latentKeyValueNorm], "kv_b_proj": [.latentKeyValueUp],
  ]

  static let block: [String: [TensorRole]] = [
    "input_layernorm": [.attentionNorm], "ln_1": [.attentionNorm], "norm_1": [.attentionNorm],
    "ln": [.attentionNorm], "ln_attn": [.attentionNorm], "attention_norm": [.attentionNorm],
    "self_attn_layer_norm": [.attentionNorm],
    "post_attention_layernorm": [.feedForwardNorm], "ln_2": [.feedForwardNorm],
    "norm_2": [.feedForwardNorm], "ln_mlp": [.feedForwardNorm], "ffn_norm": [.feedForwardNorm],
    "final_layer_norm": [.feedForwardNorm], "pre_feedforward_layernorm": [.feedForwardNorm],
    "post_feedforward_layernorm": [.feedForwardPostNorm],
    "gate_proj": [.gate], "w1": [.gate], "up_proj": [.up], "w3": [.up],
    "gate_up_proj": [.gate, .up], "fc1": [.up], "fc_in": [.up], "c_fc": [.up],
    "dense_h_to_4h": [.up],
    "down_proj": [.down], "w2": [.down], "fc2": [.down], "fc_out": [.down], "c_proj": [.down],
    "dense_4h_to_h": [.down],
    "gate": [.router], "router": [.router], "e_score_correction": [.router],
    "shared_expert_gate": [.sharedExpertRouter],
  ]

  static let qwen1: [String: TensorRole] = ["w1": .up, "w2": .gate]

  static let expert: [String: [TensorRole]] = [
    "gate_proj": [.expertGate], "w1": [.expertGate], "up_proj": [.expertUp], "w3": [.expertUp],
    "gate_up_proj": [.expertGate, .expertUp], "down_proj": [.expertDown], "w2": [.expertDown],
  ]

  static let shared: [String: [TensorRole]] = [
    "gate_proj": [.sharedExpertGate], "up_proj": [.sharedExpertUp],
    "down_proj": [.sharedExpertDown], "gate_up_proj": [.sharedExpertGate, .sharedExpertUp],
  ]

  /// Roles that a name alone does not tell: Gemma 2 and OLMo 2 have a norm *after* the attention
  /// where other models have one before the feed-forward network under the same name.
  static func resolve(_ tensors: [StoredTensor]) -> [StoredTensor] {
    guard tensors.contains(where: { $0.name.contains("post_feedforward_layernorm") }) else {
      return tensors
    }
    return tensors.map { tensor in
      tensor.name.contains("post_attention_layernorm")
        ? tensor.with(roles: [.attentionPostNorm]) : tensor
    }
  }
}
