import QuantizationFormats
import Testing

@testable import TransformerModels

@Suite("Shapes from GGUF files")
struct GGUFModelTests {
  private func model(_ sample: GGUFSample) throws -> TransformerModel {
    let file = try sample.read()
    let model = try #require(file.model, "\(file.obstacle ?? "no obstacle")")
    #expect(model.parameters == file.parameters)
    return model
  }

  private func obstacle(_ sample: GGUFSample) throws -> String {
    let file = try sample.read()
    #expect(file.model == nil)
    #expect(!file.tensors.isEmpty)
    return try #require(file.obstacle)
  }

  @Test("A Llama has grouped queries, a gated network and a tied head; like layers form one run")
  func llama() throws {
    let model = try model(.llama(layers: 3))
    let layer = TransformerLayer(
      attention: Attention(heads: 4, keyValueHeads: 2, headDim: 16),
      feedForward: .dense(.init(width: 96, isGated: true)))
    #expect(
      model
        == TransformerModel(
          id: "sample-model", name: "Sample Model", family: "llama", width: 64,
          embedding: Embedding(vocabularyRows: 100, isTied: true), norm: .rms,
          maximumPositions: 2048, layers: [LayerRun(count: 3, layer: layer)]))
  }

  @Test("Biases, sinks, norms on queries and keys and an own head are seen in the tensors")
  func extras() throws {
    var sample = GGUFSample.llama(layers: 1)
    for name in ["attn_q", "attn_k", "attn_v"] {
      sample.add("blk.0.\(name).bias", name == "attn_q" ? 64 : 32)
    }
    sample.add("blk.0.attn_output.bias", 64)
    sample.add("blk.0.attn_q_norm.weight", 16)
    sample.add("blk.0.attn_k_norm.weight", 16)
    sample.add("blk.0.attn_sinks.weight", 4)
    sample.add("output.weight", 64, 100)
    sample.add("output.bias", 100)
    let model = try model(sample)
    let attention = model.layer(at: 0).attention
    #expect(attention.hasQueryKeyValueBias && attention.hasOutputBias && attention.hasSinks)
    #expect(attention.queryKeyNorm == .perHead)
    #expect(!model.embedding.isTied && model.embedding.hasHeadBias)
  }

  @Test("Layers that differ keep their order")
  func perLayer() throws {
    let lists: [(String, GGUFSample.Value)] = [
      ("attention.head_count", .u32s([4, 4, 8])), ("attention.head_count_kv", .u32s([2, 2, 4])),
    ]
    var sample = GGUFSample.llama(layers: 3)
    sample.keys.removeAll { $0.name.contains("head_count") }
    sample.keys += lists.map { ("llama." + $0.0, $0.1) }
    let model = try model(sample)
    #expect(model.layers.map(\.count) == [2, 1])
    #expect(model.layers.map(\.layer.attention.heads) == [4, 8])
    #expect(model.layers.map(\.layer.attention.headDim) == [16, 8])
  }

  @Test(
    "The window's pattern comes from the file, else from the architecture",
    arguments: [
      ("gemma2", nil, "WGWGWGWG"), ("gemma3", nil, "WWWWWGWW"), ("gpt-oss", nil, "WGWGWGWG"),
      ("cohere2", nil, "WWWGWWWG"), ("llama", nil, "WWWWWWWW"), ("phi3", nil, "WWWWWWWW"),
      ("smallthinker", nil, "GWWWGWWW"), ("gemma3", 3, "WWGWWGWW"), ("other", 0, "WWWWWWWW"),
      ("other", 1, "GGGGGGGG"),
    ])
  func windows(architecture: String, period: Int?, expected: String) throws {
    var keys: [(String, GGUFSample.Value)] = [("attention.sliding_window", .u32(512))]
    if let period { keys.append(("attention.sliding_window_pattern", .u32(period))) }
    let sample = GGUFSample(architecture, layers: 8, keys: keys)
    let window = GGUFWindow(GGUFMetadata(try GGUFHeader(sample.source)))
    let seen = (0..<8).map { window.length(layer: $0) == 512 ? "W" : "G" }.joined()
    #expect(seen == expected)
  }

  @Test("A list of flags decides the window layer by layer; without a length there is none")
  func windowList() throws {
    let pattern = GGUFSample.Value.bools([true, false, true])
    let keys = [("attention.sliding_window_pattern", pattern)]
    #expect(try model(.llama(layers: 3, keys: keys)).layers.count == 1)
    let model = try model(
      .llama(layers: 3, keys: keys + [("attention.sliding_window", .u32(128))]))
    #expect(model.layers.map(\.layer.attention.window) == [128, nil, 128])
  }

  @Test("Experts, fused or one by one, with shared ones, make a mixture", arguments: [true, false])
  func experts(fused: Bool) throws {
    var sample = GGUFSample("qwen2moe", layers: 1, keys: [("expert_used_count", .u32(2))])
    sample.addAttention(0)
    sample.add("blk.0.ffn_gate_inp.weight", 64, 5)
    if fused {
      sample.add("blk.0.ffn_gate_exps.weight", 64, 24, 5)
      sample.add("blk.0.ffn_up_exps.weight", 64, 24, 5)
      sample.add("blk.0.ffn_down_exps.weight", 24, 64, 5)
    } else {
      for expert in 0..<5 {
        sample.add("blk.0.ffn_gate.\(expert).weight", 64, 24)
        sample.add("blk.0.ffn_up.\(expert).weight", 64, 24)
        sample.add("blk.0.ffn_down.\(expert).weight", 24, 64)
      }
    }
    sample.add("blk.0.ffn_gate_shexp.weight", 64, 40)
    sample.add("blk.0.ffn_up_shexp.weight", 64, 40)
    sample.add("blk.0.ffn_down_shexp.weight", 40, 64)
    sample.add("blk.0.ffn_gate_inp_shexp.weight", 64)
    #expect(
      try model(sample).layer(at: 0).feedForward
        == .mixture(
          .init(
            experts: 5, expertsPerToken: 2, expertWidth: 24, sharedWidth: 40,
            hasSharedRouter: true)))
  }

  @Test("gpt-oss: biased experts, a biased router, and its second norm under another name")
  func gptOSS() throws {
    var sample = GGUFSample("gpt-oss", layers: 1, keys: [("expert_used_count", .u32(4))])
    sample.addAttention(0, norms: ["attn_norm", "post_attention_norm"])
    sample.add("blk.0.ffn_gate_inp.weight", 64, 8)
    sample.add("blk.0.ffn_gate_inp.bias", 8)
    sample.add("blk.0.ffn_gate_exps.weight", 64, 32, 8)
    sample.add("blk.0.ffn_gate_exps.bias", 32, 8)
    sample.add("blk.0.ffn_up_exps.weight", 64, 32, 8)
    sample.add("blk.0.ffn_up_exps.bias", 32, 8)
    sample.add("blk.0.ffn_down_exps.weight", 32, 64, 8)
    sample.add("blk.0.ffn_down_exps.bias", 64, 8)
    let layer = try model(sample).layer(at: 0)
    #expect(layer.norms == [.attentionNorm, .feedForwardNorm])
    guard case .mixture(let mixture) = layer.feedForward else {
      Issue.record("\(layer.feedForward)")
      return
    }
    #expect(mixture.hasExpertBias && mixture.hasRouterBias)
  }

  @Test(
    "Multi-head latent attention, with its key and value matrix whole or split", arguments: [1, 2])
  func latent(matrices: Int) throws {
    var sample = GGUFSample(
      "deepseek2", layers: 2,
      keys: [("nextn_predict_layers", .u32(1))])
    sample.add("blk.0.attn_norm.weight", 64)
    sample.add("blk.0.ffn_norm.weight", 64)
    sample.add("blk.0.attn_q_a.weight", 64, 20)
    sample.add("blk.0.attn_q_a_norm.weight", 20)
    sample.add("blk.0.attn_q_b.weight", 20, 4 * (16 + 8))
    sample.add("blk.0.attn_kv_a_mqa.weight", 64, 32 + 8)
    sample.add("blk.0.attn_kv_a_norm.weight", 32)
    if matrices == 1 {
      sample.add("blk.0.attn_kv_b.weight", 32, 4 * (16 + 12))
    } else {
      sample.add("blk.0.attn_k_b.weight", 16, 32, 4)
      sample.add("blk.0.attn_v_b.weight", 32, 12, 4)
    }
    sample.add("blk.0.attn_output.weight", 4 * 12, 64)
    sample.addFeedForward(0)
    let model = try model(sample)
    #expect(model.layerCount == 1)
    #expect(
      model.layer(at: 0).attention.latent
        == .init(
          queryRank: 20, keyValueRank: 32, contentHeadDim: 16, ropeHeadDim: 8, valueHeadDim: 12))
  }

  @Test("Falcon: one norm, fused query, key and value, an ungated network beside the attention")
  func falcon() throws {
    var sample = GGUFSample("falcon", layers: 1)
    sample.add("output_norm.bias", 64)
    sample.add("blk.0.attn_norm.weight", 64)
    sample.add("blk.0.attn_norm.bias", 64)
    sample.add("blk.0.attn_qkv.weight", 64, 64 + 2 * 32)
    sample.add("blk.0.attn_output.weight", 64, 64)
    sample.add("blk.0.ffn_up.weight", 64, 256)
    sample.add("blk.0.ffn_down.weight", 256, 64)
    let model = try model(sample)
    #expect(model.norm == .layer)
    #expect(
      model.layer(at: 0)
        == TransformerLayer(
          attention: Attention(heads: 4, keyValueHeads: 2, headDim: 16),
          feedForward: .dense(.init(width: 256, isGated: false)), norms: [.attentionNorm],
          isParallel: true))
  }

  @Test("GPT-NeoX runs its halves in parallel unless its file says otherwise")
  func parallelByMetadata() throws {
    for parallel in [true, false] {
      var sample = GGUFSample(
        "gptneox", layers: 1, keys: [("use_parallel_residual", .bool(parallel))])
      sample.addAttention(0)
      sample.addFeedForward(0)
      #expect(try model(sample).layer(at: 0).isParallel == parallel)
    }
  }

  @Test("Phi-3 fuses gate and up into one matrix")
  func fusedGate() throws {
    var sample = GGUFSample("phi3", layers: 1)
    sample.addAttention(0)
    sample.add("blk.0.ffn_up.weight", 64, 192)
    sample.add("blk.0.ffn_down.weight", 96, 64)
    let file = try sample.read()
    #expect(file.tensors.first { $0.name.contains("ffn_up") }?.roles == [.gate, .up])
    #expect(try model(sample).layer(at: 0).feedForward == .dense(.init(width: 96, isGated: true)))
  }

  @Test("Gemma 2 has four norms, OLMo 2 only those after its halves")
  func norms() throws {
    let both = ["attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm"]
    for names in [both, [both[1], both[3]]] {
      var sample = GGUFSample("any", layers: 1)
      sample.addAttention(0, norms: names)
      sample.addFeedForward(0)
      let layer = try model(sample).layer(at: 0)
      #expect(layer.norms.count == names.count)
      #expect(layer.norms.contains(.attentionPostNorm))
      #expect(!layer.isParallel)
    }
  }

  @Test("Small tensors without a role are noted, not modelled")
  func unknownSmall() throws {
    var sample = GGUFSample.llama()
    sample.add("rope_freqs.weight", 8)
    let file = try sample.read()
    let model = try #require(file.model)
    #expect(file.parameters - model.parameters == 8)
    #expect(file.facts.last?.name == "not modelled")
    #expect(file.facts.last?.value == "1 tensors, rope_freqs.weight first, 8 elements")
  }

  @Test("What is not understood is an obstacle, with the tensors still listed")
  func obstacles() throws {
    var recurrent = GGUFSample.llama()
    recurrent.add("blk.0.ssm_in.weight", 64, 64)
    #expect(try obstacle(recurrent).hasPrefix("blk.0.ssm_in.weight belongs to a recurrent layer"))

    var foreign = GGUFSample.llama()
    foreign.add("blk.0.attn_gate.weight", 64, 64)
    #expect(try obstacle(foreign).contains("purpose that is not known"))

    var headless = GGUFSample.llama()
    headless.tensors.removeAll { $0.name == "blk.1.attn_v.weight" }
    #expect(try obstacle(headless).hasPrefix("layer 1 has no value matrix"))

    var count = GGUFSample.llama()
    count.keys.removeAll { $0.name.hasSuffix("block_count") }
    #expect(try obstacle(count).contains("llama.block_count is missing"))

    var heads = GGUFSample.llama()
    heads.keys.removeAll { $0.name.hasSuffix("head_count") }
    #expect(try obstacle(heads).contains("llama.attention.head_count is missing"))

    var odd = GGUFSample.llama()
    odd.tensors[odd.tensors.count - 1].dimensions = [96, 72]
    #expect(try obstacle(odd).contains("weights in layer 1, but its shapes give"))

    let encoder = GGUFSample.llama(keys: [("attention.causal", .bool(false))])
    #expect(try obstacle(encoder).contains("encoder"))
  }

  @Test("The tensors sum up by part and by format")
  func shares() throws {
    var sample = GGUFSample.llama()
    sample.tensors[0].type = 1
    sample.add("rope_freqs.weight", 8)
    let file = try sample.read()
    let parts = file.shareOfParts
    #expect(parts.map(\.kind) == [.embedding, .attention, .feedForward, .norms, .other])
    #expect(parts.map(\.tensors) == [1, 8, 6, 5, 1])
    #expect(parts.reduce(0) { $0 + $1.bytes } == file.tensorBytes)
    #expect(file.shareOfFormats.map(\.kind.id) == ["f32", "f16"])
    #expect(file.shareOfFormats.last?.bytes == 12_800)
  }
}
